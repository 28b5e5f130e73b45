import type { Screen } from '../cli/screen.ts'
import type { DiskRow } from '../controllers/disks.ts'
import { age } from './services.ts'
import { table } from './table.ts'

/** What is left of the controllers, the one that has written most first. `now` is Unix milliseconds. */
export function disksText(disks: DiskRow[], screen: Screen, now: number): string {
  const rows = disks
    .toSorted((a, b) => (newerThan(a, b) ? -1 : newerThan(b, a) ? 1 : 0))
    .map(({ name, address, alive, disk, why, recovery }) => [
      name,
      address,
      alive ? stateText(recovery) : { text: 'gone', style: 'red' as const },
      disk ? `0x${disk.zxid}` : (why ?? 'empty'),
      disk?.epoch === undefined ? '' : String(disk.epoch),
      disk?.at === undefined ? '' : `${age(now - disk.at)} ago`,
    ])
  return table(screen, ['NAME', 'ADDRESS', 'STATE', 'LAST WRITE', 'EPOCH', 'AGE'], rows)
}

/** Whose ZooKeeper is kept from running, and by whose recovery, has to be known before another one is begun. */
function stateText(recovery: DiskRow['recovery']): string {
  const isBound = recovery && ['promised', 'asks', 'alone'].includes(recovery.state)
  return isBound ? `alive, recovery from ${recovery.from.name}` : 'alive'
}

/** As ZooKeeper compares them in an election: by the epoch of the last leader that each has followed, then by what it has written. */
export function newerThan({ disk: a }: Pick<DiskRow, 'disk'>, { disk: b }: Pick<DiskRow, 'disk'>): boolean {
  if (!a || !b) return a !== undefined && b === undefined
  const epochs = [a.epoch ?? -1, b.epoch ?? -1] as const
  if (epochs[0] !== epochs[1]) return epochs[0] > epochs[1]
  return BigInt(`0x${a.zxid}`) > BigInt(`0x${b.zxid}`)
}
