import type { Answer } from 'dns-packet'

/**
 * What a transfer turned out to be. `astray`: its increments do not lead from what is known to what it has, so that only
 * the whole zone helps.
 */
export type Outcome = 'unchanged' | 'whole' | 'changed' | 'astray'

/** Where the records go: those of a whole zone, and those of increments in their order. */
export type Sink = Record<'whole' | 'removed' | 'added', (record: Answer) => void>

export type Incoming = {
  /** Takes the next message's answers; tells the outcome once it is there. */
  take(answers: Answer[]): Outcome | undefined
  /** Of the primary's zone; known from the first record on. */
  serial(): number
}

type Stage = 'begin' | 'first' | 'whole' | 'removed' | 'added'

/**
 * Reads a transfer: a whole zone begins and ends with its SOA (RFC 5936 section 2.2); increments are an SOA, then for each
 * the old SOA with what goes and the new SOA with what comes, then the first SOA again (RFC 1995 section 4).
 * @param known the serial that increments were asked from; undefined when the whole zone was
 */
export function openIncoming(known: number | undefined, sink: Sink): Incoming {
  let stage: Stage = 'begin'
  let serial = 0
  /** Where the increments have led to so far. */
  let reached = known ?? 0

  function soa(of: number): Outcome | undefined {
    if (stage === 'begin') {
      serial = of
      stage = 'first'
      return undefined
    }
    if (stage === 'whole') return 'whole'
    if (stage === 'removed') {
      reached = of
      stage = 'added'
      return undefined
    }
    if (stage === 'added' && of === serial && reached === serial) return 'changed'
    // A zone without any record is two SOAs as well.
    if (stage === 'first' && of === serial) return 'whole'
    if (known === undefined || of !== reached) return 'astray'
    stage = 'removed'
    return undefined
  }

  function other(record: Answer): Outcome | undefined {
    if (stage === 'begin') return 'astray'
    if (stage === 'first') stage = 'whole'
    sink[stage](record)
    return undefined
  }

  return {
    serial: () => serial,
    take(answers) {
      for (const record of answers) {
        const outcome = record.type === 'SOA' ? soa(record.data.serial ?? 0) : other(record)
        if (outcome) return outcome
      }
      if (stage !== 'first' || known === undefined) return undefined
      if (serial === known) return 'unchanged'
      // An SOA alone from a primary that is behind: it has begun anew, and knows nothing of that history.
      return isNewer(serial, known) ? undefined : 'astray'
    },
  }
}

/** RFC 1982 section 3.2. */
function isNewer(one: number, other: number): boolean {
  const ahead = (one - other) >>> 0
  return ahead > 0 && ahead < 2 ** 31
}
