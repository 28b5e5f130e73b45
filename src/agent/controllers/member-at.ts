import type { Member } from '../gossip/gossip.ts'

/** The machine at an address. One that lost its disk may be back under another name, while gossip still tells of the dead one. */
export function memberAt(members: Member[], host: string): Member | undefined {
  const there = members.filter(({ address, status }) => address === host && status !== 'left')
  return there.find(({ status }) => status === 'alive') ?? there[0]
}
