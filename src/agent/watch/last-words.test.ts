import { describe, expect, test } from 'bun:test'
import { mendOf, wordsIn } from './last-words.ts'

const nobody = () => undefined
const said = (words: string) => mendOf(words, 'zk://a/mesos', nobody)

describe('the last words of an agent tell what mends it', () => {
  test('a port in the hands of another program', () => {
    const words = 'the agent cannot start: cannot serve the API on 0.0.0.0:7947: Failed to start server'
    const nc = (port: number) => ({ name: 'nc', pid: 7, ends: `kill ${port}` })
    expect(mendOf(words, undefined, nc)).toBe('kill 7947 && meshbox doctor --fix')
    expect(said(words)).toBe('meshbox doctor --fix')
  })

  test.each([
    ['cannot read the keyring in /var/lib/meshbox/keyring', 'meshbox join zk://a/mesos --key-file FILE'],
    ['cannot read /var/lib/meshbox/meshbox.db: file is not a database', 'meshbox doctor --fix'],
    ['SQLiteError: database or disk is full', 'meshbox doctor --fix'],
    ['write ENOSPC: No space left on device', 'meshbox doctor --fix'],
    [
      'cannot read what this machine remembers as "place": x; it was written by another version of meshbox',
      'meshbox upgrade --here',
    ],
    ['EACCES: permission denied, open', 'sudo meshbox doctor --fix'],
  ])('%s', (words, command) => {
    expect(said(words)).toBe(command)
  })

  test('others tell nothing', () => {
    expect(said('cannot read the history')).toBeUndefined()
  })
})

test('the last complaint counts, unless the agent was asked to end', () => {
  const line = (level: string, msg: string, error?: string) => JSON.stringify({ level, msg, error })
  const log = [
    line('info', 'begins'),
    line('error', 'the agent cannot start', 'no port'),
    line('info', 'left'),
  ]
  expect(wordsIn(log.join('\n'))).toBe('the agent cannot start: no port')
  expect(wordsIn([...log, line('info', 'the agent ends')].join('\n'))).toBeUndefined()
  expect(wordsIn([...log, line('info', 'the agent begins')].join('\n'))).toBeUndefined()
  expect(wordsIn('')).toBeUndefined()
})
