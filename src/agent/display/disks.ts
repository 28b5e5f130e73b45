import type { Screen } from '../cli/screen.ts'
import type { DiskRow } from '../controllers/recover.ts'
import { age } from './services.ts'
import { table } from './table.ts'

/** What is left of the controllers, the one that has written most first. `now` is Unix milliseconds. */
export function disksText(disks: DiskRow[], screen: Screen, now: number): string {
  const rows = disks
    .toSorted((a, b) => (newerThan(a, b) ? -1 : newerThan(b, a) ? 1 : 0))
    .map(({ name, address, alive, disk, why }) => [
      name,
      address,
      alive ? 'alive' : { text: 'gone', style: 'red' as const },
      disk ? `0x${disk.zxid}` : (why ?? 'empty'),
      disk?.epoch === undefined ? '' : String(disk.epoch),
      disk?.at === undefined ? '' : `${age(now - disk.at)} ago`,
    ])
  return table(screen, ['NAME', 'ADDRESS', 'STATE', 'LAST WRITE', 'EPOCH', 'AGE'], rows)
}

/** By the epoch and number of the last transaction, as ZooKeeper itself compares them in an election. */
export function newerThan(a: DiskRow, b: DiskRow): boolean {
  const of = ({ disk }: DiskRow) => (disk ? BigInt(`0x${disk.zxid}`) : -1n)
  return of(a) > of(b)
}
