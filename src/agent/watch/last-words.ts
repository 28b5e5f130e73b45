import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { z } from 'zod'
import { type Holder, holderOf } from '../preflight/holder.ts'

const endBytes = 8192
const longest = 300

const lineSchema = z.object({
  level: z.enum(['error', 'fatal']),
  msg: z.string(),
  error: z.string().optional(),
})

/** What the agent wrote last, where that was a complaint. */
export function lastWords(logFile: string): string | undefined {
  try {
    const line = endOf(logFile).trimEnd().split('\n').at(-1) ?? ''
    const { msg, error } = lineSchema.parse(JSON.parse(line))
    return (error === undefined ? msg : `${msg}: ${error}`).slice(0, longest)
  } catch {
    return undefined
  }
}

function endOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const end = Buffer.alloc(endBytes)
    const from = Math.max(0, fstatSync(file).size - endBytes)
    return end.subarray(0, readSync(file, end, 0, endBytes, from)).toString()
  } finally {
    closeSync(file)
  }
}

/**
 * What mends an agent that ended with these words; undefined where they tell nothing of it.
 * @param url what this machine has joined by
 */
export function mendOf(
  words: string,
  url: string | undefined,
  find: (port: number) => Holder | undefined = holderOf,
): string | undefined {
  const again = 'meshbox doctor --fix'
  const port = /cannot serve the API on \S*:(\d+):/.exec(words)?.[1]
  if (port !== undefined) {
    const holder = find(Number(port))
    return holder ? `${holder.ends} && ${again}` : again
  }
  if (/No space left|ENOSPC|disk is full|SQLITE_FULL|disk I\/O error/.test(words)) return again
  if (words.includes('cannot read the keyring'))
    return `meshbox join ${url ?? 'zk://HOST:2181/mesos'} --key-file FILE`
  if (/another meshbox \(pid \d+\) already works/.test(words)) return 'meshbox status'
  if (words.includes('written by another version of meshbox')) return 'meshbox upgrade --here'
  if (/EACCES|permission denied|attempt to write a readonly/i.test(words)) return `sudo ${again}`
  return undefined
}
