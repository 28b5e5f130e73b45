import { describe, expect, test } from 'bun:test'
import { randomFrom, seed, whole } from '../gossip/seed.ts'
import { checkLinearizable, type Operation } from './linearizable.ts'
import { type DocumentOp, documentModel, type RegistryOp, registerModel } from './models.ts'

const at = <Op>(start: number, end: number, op: Op): Operation<Op> => ({ start, end, op })
const wrote = (from: number, id: string): DocumentOp => ({ kind: 'wrote', from, id })
const unknown = (from: number, id: string): DocumentOp => ({ kind: 'unknown', from, id })
const refused = (from: number): DocumentOp => ({ kind: 'refused', from })
const document = (...operations: Operation<DocumentOp>[]) => checkLinearizable(operations, documentModel(0))
const register = (...operations: Operation<RegistryOp>[]) => checkLinearizable(operations, registerModel)
const write = (value: number): RegistryOp => ({ kind: 'write', value })
const read = (value: number): RegistryOp => ({ kind: 'read', value })

describe('compare-and-set writes of a document', () => {
  test('one after the other are linearizable', () => {
    expect(document(at(0, 1, wrote(0, 'a')), at(2, 3, wrote(1, 'b'))).linearizable).toBe(true)
  })

  test('two of one version are not: one of them was lost', () => {
    const told = document(at(0, 1, wrote(0, 'a')), at(2, 3, wrote(0, 'b')))
    expect(told).toMatchObject({ linearizable: false, longest: [wrote(0, 'a')], stuck: [wrote(0, 'b')] })
  })

  test('an older version after a newer one is not, though both are of their own', () => {
    expect(document(at(0, 1, wrote(1, 'b')), at(2, 3, wrote(0, 'a'))).linearizable).toBe(false)
  })

  test('one of unknown outcome may explain the version that comes next, also long after', () => {
    expect(
      document(at(0, Infinity, unknown(0, 'a')), at(5, 6, wrote(1, 'b')), at(7, 8, wrote(2, 'c')))
        .linearizable,
    ).toBe(true)
    expect(document(at(5, 6, wrote(1, 'b'))).linearizable).toBe(false)
    expect(document(at(7, Infinity, unknown(0, 'a')), at(5, 6, wrote(1, 'b'))).linearizable).toBe(false)
  })

  test('one may be refused only where its version was no longer, or not yet, the present one', () => {
    expect(document(at(0, 1, refused(0))).linearizable).toBe(false)
    expect(document(at(0, 3, refused(0)), at(1, 2, wrote(0, 'a'))).linearizable).toBe(true)
  })
})

describe('a register', () => {
  test('tells the last write, or one that goes on meanwhile', () => {
    expect(register(at(0, 1, write(1)), at(2, 3, read(1))).linearizable).toBe(true)
    expect(
      register(at(0, 1, write(1)), at(2, 5, write(2)), at(3, 4, read(1)), at(3, 4, read(2))).linearizable,
    ).toBe(true)
  })

  test('does not go back', () => {
    expect(register(at(0, 1, write(1)), at(2, 3, write(2)), at(4, 5, read(1))).linearizable).toBe(false)
    expect(
      register(at(0, 1, write(1)), at(2, 9, write(2)), at(3, 4, read(2)), at(5, 6, read(1))).linearizable,
    ).toBe(false)
  })
})

test(`what one object has told at random is linearizable, and no longer when one answer is changed (MESHBOX_SEED=${seed})`, () => {
  const random = randomFrom(seed)
  for (let round = 0; round < 50; round++) {
    let value = 0
    const operations: Operation<RegistryOp>[] = Array.from({ length: 60 }, (_, index) => {
      const start = index - random() * 3
      // Each happens at `index`, whenever it began and ended.
      if (random() < 0.5) {
        value = index
        return at(start, index + random() * 3, write(index))
      }
      return at(start, index + random() * 3, read(value))
    })
    expect(checkLinearizable(operations, registerModel).linearizable).toBe(true)
    const reads = operations.filter(({ op }) => op.kind === 'read')
    const wrong = reads[whole(random, reads.length)]
    if (!wrong) continue
    wrong.op = read(-1)
    expect(checkLinearizable(operations, registerModel).linearizable).toBe(false)
  }
})
