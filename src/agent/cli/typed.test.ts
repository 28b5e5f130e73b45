import { expect, test } from 'bun:test'
import { MeshboxError } from '../../error.ts'
import { checkForgettable } from '../gossip/forget.ts'
import { anotherToken, refusal } from '../join-token/refusal.ts'
import { readToken } from '../join-token/token.ts'
import { mayLeave } from '../leave/may-leave.ts'
import { typed } from './typed.ts'

test.each([
  ['meshbox doctor --fix', 'meshbox doctor --fix --data-dir /x'],
  [
    'meshbox join zk://a,b/mesos --key-file FILE',
    'meshbox join zk://a,b/mesos --key-file FILE --data-dir /x',
  ],
  ['kill 7 && meshbox service start marathon', 'kill 7 && meshbox service start marathon --data-dir /x'],
  ['meshbox service stop marathon && kill 7', 'meshbox service stop marathon --data-dir /x && kill 7'],
  [
    'run `meshbox leave` on b itself, or `meshbox leave --forget b`',
    'run `meshbox leave` on b itself, or `meshbox leave --forget b --data-dir /x`',
  ],
  [
    'leave it first: meshbox leave --purge, then join',
    'leave it first: meshbox leave --purge --data-dir /x, then join',
  ],
  [
    'meshbox config set zookeeper.heap=1024 (MiB)',
    'meshbox config set zookeeper.heap=1024 --data-dir /x (MiB)',
  ],
])('%s becomes %s where all stands in /x', (text, told) => {
  expect(typed(text, '/x')).toBe(told)
  expect(typed(told, '/x')).toBe(told)
  expect(typed(text, undefined)).toBe(text)
})

test.each([
  'sudo ss -lntup',
  'run the newest version of meshbox on all machines',
  'meshbox key new --out FILE',
  'meshbox version',
  'end it where `meshbox dev` was started',
  'Without it, a token: `meshbox token create` on a member',
  'meshbox service stop marathon --data-dir /another',
])('%s stays as it is', (text) => {
  expect(typed(text, '/x')).toBe(text)
})

test('what is said at the end of a command is typed too', () => {
  for (const command of ['agent', 'status', 'doctor --fix', 'leave --purge', 'adopt --undo'])
    expect(typed(`with \`meshbox ${command}\`.`, '/my d')).toBe(
      `with \`meshbox ${command} --data-dir '/my d'\`.`,
    )
})

test('a folder with a blank in it is one word', () => {
  expect(typed('meshbox status', "/my d'ir")).toBe("meshbox status --data-dir '/my d'\\''ir'")
})

test('a hint for another machine says nothing of where this one keeps its files', () => {
  const member = { name: 'b', address: '10.0.0.2', port: 7946, status: 'alive', incarnation: 1 } as const
  const asked = { id: 't', role: 'worker' } as const
  const verdicts = ['used', 'expired', 'other-role', 'unknown'] as const
  const elsewhere = [
    hintOf(() => checkForgettable('b', [{ ...member, tags: {} }])),
    hintOf(() => readToken('no', '--token')),
    anotherToken(),
    ...verdicts.map((verdict) => refusal(verdict, asked, undefined).hint ?? ''),
  ]
  for (const hint of elsewhere) {
    expect(hint).toContain('`meshbox ')
    expect(typed(hint, '/x')).toBe(hint)
  }
  const leaver = { name: 'a', address: '10.0.0.1', mode: 'joined', cluster: 'c', controller: true } as const
  const last = hintOf(() =>
    mayLeave({ ...leaver, controllers: ['10.0.0.1'], members: [{ ...member, tags: {} }] }),
  )
  expect(typed(last, '/x')).toStartWith(
    'run `meshbox leave` on them first, or `meshbox leave --forget b --data-dir /x`',
  )
})

function hintOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof MeshboxError) return error.hint ?? ''
  }
  throw new Error('it was not refused')
}
