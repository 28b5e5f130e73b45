import type { WireRecord } from './records.ts'

/** How the zone came from one serial to the next. */
export type Increment = { from: number; to: number; removed: WireRecord[]; added: WireRecord[] }

export type Journal = {
  add(increment: Increment): void
  /** The increments that lead from a serial to the newest one; undefined when they are not known any more. */
  since(serial: number): Increment[] | undefined
}

const mostIncrements = 200
const mostRecords = 100_000

/** A bounded history: the oldest increments are forgotten first, and whoever needs them takes the whole zone. */
export function openJournal(): Journal {
  const increments: Increment[] = []
  const sizeOf = ({ removed, added }: Increment) => removed.length + added.length
  let records = 0
  return {
    add(increment) {
      const last = increments.at(-1)
      if (last && last.to !== increment.from) {
        increments.length = 0
        records = 0
      }
      increments.push(increment)
      records += sizeOf(increment)
      while (increments.length > mostIncrements || records > mostRecords) {
        const oldest = increments.shift()
        if (!oldest) break
        records -= sizeOf(oldest)
      }
    },
    since(serial) {
      const first = increments.findIndex(({ from }) => from === serial)
      return first < 0 ? undefined : increments.slice(first)
    },
  }
}
