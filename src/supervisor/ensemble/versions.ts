import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export type Version = { zxid: bigint; path: string }

/** `log.100000001`: from that transaction on. In their order. */
export function versionsIn(folder: string, prefix: string): Version[] {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names
    .filter((name) => name.startsWith(prefix) && /^[0-9a-f]+$/.test(name.slice(prefix.length)))
    .map((name) => ({ zxid: BigInt(`0x${name.slice(prefix.length)}`), path: join(folder, name) }))
    .sort((a, b) => (a.zxid < b.zxid ? -1 : 1))
}
