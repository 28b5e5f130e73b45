import { exactNumbers, Numbers } from './grow.ts'
import { packWeights, type Table, type Weights } from './table.ts'

type Part = 'setStart' | 'order' | 'first' | 'second' | 'weighted' | 'weights' | 'taskEnd' | 'tasksFrom'

/**
 * Records as they come: each with its set and two numbers. Which of them come again is found out at the end, when those
 * of one set stand together: to look for each as it comes would be a walk through all of memory.
 */
export type Records = {
  add(set: number, one: number, two: number, weights?: Weights): void
  has(set: number, one: number): boolean
  /** What is added from here on is a task's. */
  task(): void
  /** @param sets how many there are */
  finish(sets: number): { parts: Pick<Table, Part>; setOfRecord: Uint32Array; again: Uint32Array }
}

export function openRecords(expected: number): Records {
  const setOf = new Numbers(expected)
  const first = new Numbers(expected)
  const second = new Numbers(expected)
  const weighted = new Numbers(16)
  const weights = new Numbers(16)
  const taskEnd = new Numbers()
  let tasksFrom: number | undefined

  /** Records by set: counted, summed up, put in their places. */
  function bySet(sets: number): { setStart: Uint32Array; order: Uint32Array } {
    const count = setOf.length
    const setStart = new Uint32Array(sets + 1)
    for (let record = 0; record < count; record++) {
      const next = setOf.at(record) + 1
      setStart[next] = (setStart[next] ?? 0) + 1
    }
    for (let set = 1; set <= sets; set++) setStart[set] = (setStart[set] ?? 0) + (setStart[set - 1] ?? 0)
    const place = setStart.slice()
    const order = new Uint32Array(count)
    for (let record = 0; record < count; record++) {
      const set = setOf.at(record)
      const at = place[set] ?? 0
      order[at] = record
      place[set] = at + 1
    }
    return { setStart, order }
  }

  /** For each record that came before the one that it repeats; in pairs. */
  function findRepeats(
    setStart: Uint32Array,
    order: Uint32Array,
  ): { repeats: number[]; originals: number[] } {
    const repeats: number[] = []
    const originals: number[] = []
    const same = (a: number, b: number) => first.at(a) === first.at(b) && second.at(a) === second.at(b)
    const note = (record: number, original: number) => {
      repeats.push(record)
      originals.push(original)
    }
    for (let set = 0; set + 1 < setStart.length; set++) {
      const start = setStart[set] ?? 0
      const end = setStart[set + 1] ?? 0
      if (end - start > few) findInMany(order.subarray(start, end), note)
      else
        for (let at = start + 1; at < end; at++) {
          const record = order[at] ?? 0
          for (let before = start; before < at; before++) {
            const original = order[before] ?? 0
            if (!same(record, original)) continue
            note(record, original)
            break
          }
        }
    }
    return { repeats, originals }
  }

  function findInMany(records: Uint32Array, note: (record: number, original: number) => void): void {
    const slots = new Uint32Array(2 ** Math.ceil(Math.log2(records.length * 2)))
    for (const record of records) {
      const [one, two] = [first.at(record), second.at(record)]
      let slot = hashRecord(one, two) & (slots.length - 1)
      for (let held = slots[slot] ?? 0; held !== 0; held = slots[slot] ?? 0) {
        if (first.at(held - 1) === one && second.at(held - 1) === two) break
        slot = (slot + 1) & (slots.length - 1)
      }
      const held = slots[slot] ?? 0
      if (held === 0) slots[slot] = record + 1
      else note(record, held - 1)
    }
  }

  return {
    add(set, one, two, own) {
      const record = setOf.push(set)
      first.push(one)
      second.push(two)
      if (!own) return
      weighted.push(record)
      weights.push(packWeights(own))
    },
    has(set, one) {
      for (let record = 0; record < setOf.length; record++)
        if (setOf.at(record) === set && first.at(record) === one) return true
      return false
    },
    task() {
      if (tasksFrom === undefined) tasksFrom = setOf.length
      else taskEnd.push(setOf.length)
    },
    finish(sets) {
      const count = setOf.length
      if (tasksFrom !== undefined) taskEnd.push(count)
      const { setStart, order } = bySet(sets)
      const { repeats, originals } = findRepeats(setStart, order)
      const isRepeat = new Uint8Array(count)
      for (const record of repeats) isRepeat[record] = 1
      /** How many stay of those before each: the number that it has then. */
      const moved = new Uint32Array(count + 1)
      for (let record = 0; record < count; record++)
        moved[record + 1] = (moved[record] ?? 0) + 1 - (isRepeat[record] ?? 0)
      const stays = (record: number) => isRepeat[record] === 0
      const numberOf = (record: number) => moved[record] ?? 0

      const left = count - repeats.length
      const [one, two, setOfRecord] = [shared(left), shared(left), new Uint32Array(left)]
      for (let record = 0; record < count; record++) {
        if (isRepeat[record] !== 0) continue
        const to = moved[record] ?? 0
        one[to] = first.at(record)
        two[to] = second.at(record)
        setOfRecord[to] = setOf.at(record)
      }
      const leftOrder = shared(left)
      const leftStart = shared(sets + 1)
      let at = 0
      for (let set = 0; set < sets; set++) {
        for (let from = setStart[set] ?? 0; from < (setStart[set + 1] ?? 0); from++) {
          const record = order[from] ?? 0
          if (isRepeat[record] === 0) leftOrder[at++] = moved[record] ?? 0
        }
        leftStart[set + 1] = at
      }
      const parts = {
        setStart: leftStart,
        order: leftOrder,
        first: one,
        second: two,
        weighted: exactNumbers(weighted.take().filter(stays).map(numberOf)),
        weights: exactNumbers(weights.take().filter((_, i) => stays(weighted.at(i)))),
        taskEnd: exactNumbers(taskEnd.take().map(numberOf)),
        tasksFrom: numberOf(tasksFrom ?? count),
      }
      return { parts, setOfRecord, again: Uint32Array.from(originals, numberOf) }
    },
  }
}

function shared(length: number): Uint32Array {
  return exactNumbers([], length)
}

/** Sets up to this size are looked through. */
const few = 8

function hashRecord(one: number, two: number): number {
  let hash = Math.imul(one ^ 0x9e3779b9, 0x85ebca6b)
  hash = Math.imul(hash ^ two ^ (hash >>> 13), 0x27d4eb2f)
  return (hash ^ (hash >>> 16)) >>> 0
}
