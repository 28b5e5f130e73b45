import { openLetter, sealLetter } from './letter.ts'

const prefix = 'sealed:'
const pattern = /^sealed:[A-Za-z0-9+/]{64,}={0,2}$/

/** Whether a value of a document is one that `sealValue` made. */
export function isSealed(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value)
}

/** A secret of an option as it stands in ZooKeeper: a text that only the data key opens, and only for that option. */
export function sealValue(value: unknown, dataKey: Uint8Array, option: string): string {
  const letter = sealLetter(Buffer.from(JSON.stringify(value)), dataKey, ['secret', option])
  return `${prefix}${letter.toString('base64')}`
}

/** Undefined when it was sealed with another data key, or for another option. */
export function openValue(sealed: string, dataKey: Uint8Array, option: string): unknown {
  const letter = Buffer.from(sealed.slice(prefix.length), 'base64')
  const opened = openLetter(letter, [dataKey], ['secret', option])
  return opened && JSON.parse(opened.plain.toString())
}
