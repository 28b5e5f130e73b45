import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { MeshboxError } from '../../error.ts'
import { kindOf } from '../option/kind/kind.ts'
import { type Option, optionsIn } from '../option/walk.ts'
import { documentSchema } from '../schema.ts'
import { type Above, mayStandIn } from './local.ts'
import { parseDocumentText } from './parse.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = process.env.MESHBOX_LONG ? 10_000 : 100
let state = seed
const draw = (below: number) => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
  return (state >> 8) % below
}
const oneOf = <T>(list: readonly T[]) => list[draw(list.length)] as T

/** Options with values that they take, and values that they refuse. */
const subjects = optionsIn(documentSchema).map((option) => {
  const about = kindOf(option.schema)
  const takes = (value: unknown) => z.safeParse(option.schema, value).success
  return {
    option,
    good: (about?.good ?? []).filter(takes),
    bad: (about?.bad ?? []).filter((each) => !takes(each)),
  }
})
const settable = subjects.filter(({ good }) => good.length > 0)

type Place = { above: Above | undefined; path: (string | number)[] }
const places: Place[] = [
  { above: undefined, path: [] },
  { above: 'worker', path: ['roles', 'worker'] },
  { above: 'controller', path: ['roles', 'controller'] },
  { above: 'machine', path: ['nodes', 'b.example'] },
  { above: 'machine', path: ['selectors', 0] },
]
const placesFor = (option: Option) =>
  places.filter(({ above }) => above === undefined || mayStandIn(above, option))

type Setting = { path: (string | number)[]; option: Option; value: unknown }

function textOf(settings: Setting[]): string {
  const document: Record<string | number, unknown> = { selectors: [{ match: {} }] }
  for (const { path, value } of settings) {
    const last = path.at(-1) ?? ''
    const inside = path.slice(0, -1).reduce<Record<string | number, unknown>>((at, key) => {
      at[key] ??= {}
      return at[key] as Record<string | number, unknown>
    }, document)
    inside[last] = value
  }
  return JSON.stringify(document)
}

function faultsOf(settings: Setting[]): string[] {
  try {
    parseDocumentText(textOf(settings), 'it')
    return []
  } catch (error) {
    if (!(error instanceof MeshboxError)) throw error
    const [, one] = /^cannot take it: (.*)$/s.exec(error.message) ?? []
    return one === undefined
      ? error.message
          .split(/\n(?= {2}- )/)
          .slice(1)
          .map((line) => line.slice(4))
      : [one]
  }
}

/** Options at random in layers at random, each with a value that it takes. */
function someSettings(): Setting[] {
  return Array.from({ length: 1 + draw(8) }, () => {
    const { option, good } = oneOf(settable)
    return { path: [...oneOf(placesFor(option)).path, ...option.path], option, value: oneOf(good) }
  })
}

describe(`documents at random, seed ${seed}`, () => {
  test('are taken, and with a single value that is wrong refused at exactly its path', () => {
    for (let round = 0; round < rounds; round++) {
      const settings = someSettings()
      // Each option by itself is right; several may break a rule together.
      while (faultsOf(settings).length > 0) settings.pop()
      const { option, bad } = oneOf(subjects)
      const path = [...oneOf(placesFor(option)).path, ...option.path]
      const value = oneOf(bad)
      const faults = faultsOf([
        ...settings.filter((each) => each.path.join() !== path.join()),
        { path, option, value },
      ])
      const elsewhere = faults.filter((line) => !line.startsWith(path.join('.')))
      expect({ seed, round, value, refused: faults.length > 0, elsewhere }).toEqual({
        seed,
        round,
        value,
        refused: true,
        elsewhere: [],
      })
    }
  })

  test('each option takes each of its good values alone, and refuses each of its bad ones', () => {
    for (const { option, good, bad } of subjects) {
      const { path } = option
      for (const value of process.env.MESHBOX_LONG ? bad : [oneOf(bad)]) {
        const faults = faultsOf([{ path, option, value }])
        const elsewhere = faults.filter((line) => !line.startsWith(path.join('.')))
        expect({ path, value, refused: faults.length > 0, elsewhere }).toEqual({
          path,
          value,
          refused: true,
          elsewhere: [],
        })
      }
      expect({ path, good: good.length > 0 || kindOf(option.schema)?.name === 'set by meshbox' }).toEqual({
        path,
        good: true,
      })
    }
  })
})
