/** What a client did: called at `start`, told at `end`; of an unknown outcome it was never told, and `end` is Infinity. */
export type Operation<Op> = { op: Op; start: number; end: number }

/** What is checked against: an object that does one operation at a time. */
export type Model<State, Op> = {
  initial: State
  /** The state after it, or undefined where the operation cannot have gone as it did. */
  step(state: State, op: Op): State | undefined
}

const mostSteps = 5_000_000

/** `stuck`: what could not come after the longest order; undefined where the search gave up. */
export type Verdict<Op> =
  | { linearizable: true }
  | { linearizable: false; longest: Op[]; stuck: Op[] | undefined }

type Entry<Op> = { operation: Operation<Op>; index: number }

/**
 * Whether there is an order of the operations, each between its start and its end, in which a single object would have
 * told the clients just what they were told (Herlihy and Wing, 1990; the search of Wing and Gong, 1993, with Lowe's
 * memory of what was tried, 2017). An operation of unknown outcome may have happened at any time after its start, or
 * never. Tells the longest order found, so that a failure can be looked at.
 */
export function checkLinearizable<State, Op>(
  operations: Operation<Op>[],
  { initial, step }: Model<State, Op>,
): Verdict<Op> {
  const entries = operations
    .toSorted((a, b) => a.start - b.start)
    .map((operation, index) => ({ operation, index }))
  const tried = new Set<string>()
  const done = new Set<number>()
  /** What is done, as one number of 64 bits: a list of it for each step would fill the memory in an hour's history (Zobrist, 1970). */
  const marks = crypto.getRandomValues(new BigUint64Array(entries.length))
  let mark = 0n
  const order: Op[] = []
  let longest: Op[] = []
  const known = entries.filter(({ operation }) => operation.end < Infinity).length
  let knownDone = 0

  /** Those that may come next: nothing that is still to come had ended before they began. */
  function* next(): Generator<Entry<Op>> {
    let earliestEnd = Infinity
    for (const entry of entries) {
      if (done.has(entry.index)) continue
      if (entry.operation.start > earliestEnd) return
      earliestEnd = Math.min(earliestEnd, entry.operation.end)
      yield entry
    }
  }

  type Frame = { state: State; choices: Iterator<Entry<Op>>; taken?: Entry<Op> }
  const stack: Frame[] = [{ state: initial, choices: [...next()].values() }]
  for (let steps = 0; knownDone < known; steps++) {
    // The search is exponential in what has no known outcome: better no verdict than none for hours.
    if (steps > mostSteps) return { linearizable: false, longest, stuck: undefined }
    const frame = stack.at(-1)
    if (!frame) return { linearizable: false, longest, stuck: stuckAfter() }
    if (frame.taken) undo(frame)
    const choice = frame.choices.next()
    if (choice.done) {
      stack.pop()
      continue
    }
    const after = step(frame.state, choice.value.operation.op)
    if (after === undefined) continue
    take(frame, choice.value)
    const key = `${JSON.stringify(after)} ${mark}`
    if (tried.has(key)) continue
    tried.add(key)
    stack.push({ state: after, choices: [...next()].values() })
  }
  return { linearizable: true }

  function take(frame: Frame, entry: Entry<Op>): void {
    frame.taken = entry
    done.add(entry.index)
    mark ^= marks[entry.index] ?? 0n
    if (entry.operation.end < Infinity) knownDone++
    order.push(entry.operation.op)
    if (order.length > longest.length) longest = [...order]
  }

  function undo(frame: Frame): void {
    const { taken } = frame
    if (!taken) return
    delete frame.taken
    done.delete(taken.index)
    mark ^= marks[taken.index] ?? 0n
    if (taken.operation.end < Infinity) knownDone--
    order.pop()
  }

  function stuckAfter(): Op[] {
    const found = new Set(longest)
    return entries.map(({ operation }) => operation.op).filter((op) => !found.has(op))
  }
}
