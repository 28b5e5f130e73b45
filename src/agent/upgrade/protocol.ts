import { z } from 'zod'
import { protocol } from '../../version.ts'

export const protocolSchema = z.object({ speaks: z.int(), understands: z.int() })

export type Protocol = z.output<typeof protocolSchema>

/** As members tell it each other. */
export const protocolTag = `${protocol.speaks}:${protocol.understands}`

/** What a member that tells nothing speaks: the first. */
const first: Protocol = { speaks: 1, understands: 1 }

export function readProtocolTag(tag: string | undefined): Protocol {
  const [, speaks, understands] = /^(\d{1,4}):(\d{1,4})$/.exec(tag ?? '') ?? []
  return speaks === undefined ? first : { speaks: Number(speaks), understands: Number(understands) }
}

/** Whether two machines can be in one cluster. */
function goTogether(a: Protocol, b: Protocol): boolean {
  return a.understands <= b.speaks && b.understands <= a.speaks
}

/** The machines that a new version would not understand, or that would not understand it. */
export function tooFarFrom<T extends { protocol: Protocol }>(next: Protocol, machines: T[]): T[] {
  return machines.filter((machine) => !goTogether(next, machine.protocol))
}
