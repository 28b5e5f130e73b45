import { systemClock, until } from '../../src/clock.ts'
import type { Machine } from './cluster.ts'

async function curl(machine: Machine, ...argv: string[]): Promise<string> {
  return (await machine.run('curl', '-sS', '--max-time', '5', ...argv)).out
}

const amounts = { cpus: 0.5, mem: 64 }
const guarantee = Object.entries(amounts).map(([name, value]) => ({
  name,
  type: 'SCALAR',
  scalar: { value },
}))
const scalars = Object.fromEntries(guarantee.map(({ name, scalar }) => [name, scalar]))
const windows = [
  { machine_ids: [{ hostname: 'marker' }], unavailability: { start: { nanoseconds: 1893456000000000000 } } },
]

/** What tells whether the masters' registry is still the one that it was: what people put there, as a master tells it. */
export const marker = {
  weights: [{ role: 'marker', weight: 2.5 }],
  quota: {
    infos: [{ role: 'marker', guarantee }],
    configs: [{ role: 'marker', guarantees: scalars, limits: scalars }],
  },
  'maintenance/schedule': { windows },
}

/** How each part is put there. Forced: there need be no agent yet that has as much. */
const writes: [part: keyof typeof marker, method: string, body: unknown][] = [
  ['weights', 'PUT', marker.weights],
  ['quota', 'POST', { role: 'marker', guarantee, force: true }],
  ['maintenance/schedule', 'POST', marker['maintenance/schedule']],
]

const urlOf = ({ address }: Machine, part: string) => `http://${address}:5050/master/${part}`

export async function mark(machine: Machine): Promise<void> {
  const marked = await until(systemClock, { everyMs: 200, timeoutMs: 30_000 }, async () => {
    for (const [part, method, body] of writes)
      await curl(machine, '-L', '-X', method, '-d', JSON.stringify(body), urlOf(machine, part))
    return Bun.deepEquals(await written(machine), marker) || undefined
  })
  if (!marked) throw new Error('no master took what was written into its registry')
}

/** What is written there, by the word of the leading master, which any other one sends to. */
export async function written(machine: Machine): Promise<unknown> {
  const parts = writes.map(async ([part]) => {
    const said = await curl(machine, '-L', urlOf(machine, part))
    return [part, JSON.parse(said || 'null')]
  })
  return Object.fromEntries(await Promise.all(parts))
}

/** The quorum by which each master runs, by its own word. */
export async function quorums(of: Machine[]): Promise<string[]> {
  return Promise.all(
    of.map(async (machine) => {
      const said = await curl(machine, `http://${machine.address}:5050/flags`)
      return JSON.parse(said).flags.quorum
    }),
  )
}

/** Who votes, by the word of that machine's own ZooKeeper. */
export async function voters(machine: Machine): Promise<string[]> {
  const { out } = await machine.meshbox('controllers', 'list', '--json')
  return JSON.parse(out)
    .controllers.filter(({ votes }: { votes: boolean }) => votes)
    .map(({ name }: { name: string }) => name)
}

/** Each write makes five machines plan anew, on two cores. */
const pauseMs = 1500

/** The writes that were acknowledged, each by a word of its own in the history; the last value is there in the end. */
export type Acknowledged = { words: string[]; last: number }

/** No value is written twice, nor one that stands in a document of a test: what is there already makes no version. */
let value = 1000

/** Writes to the document all the time. */
export function keepWriting(machine: Machine): { stop(): Promise<Acknowledged> } {
  const words: string[] = []
  let last = 0
  let stopped = false
  const writing = (async () => {
    while (!stopped) {
      value++
      const word = `write ${value}`
      const { code } = await machine.meshbox('config', 'set', `dns.ttl=${value}`, '-m', word)
      if (code !== 0) continue
      words.push(word)
      last = value
      await systemClock.sleep(pauseMs)
    }
  })()
  return {
    async stop() {
      stopped = true
      await writing
      return { words, last }
    },
  }
}

/** A history is no longer than a hundred versions. */
const mostKept = 90

/** Those of them that a machine does not know: none, if nothing was lost. */
export async function lostOf({ words, last }: Acknowledged, machine: Machine): Promise<string[]> {
  const past: { why?: string }[] = JSON.parse((await machine.meshbox('config', 'history', '--json')).out)
  const known = new Set(past.map(({ why }) => why))
  const now = (await machine.meshbox('config', 'get', 'dns.ttl')).out.trim()
  const wrong = now === String(last) ? [] : [`dns.ttl is ${now} in the end, not ${last}`]
  return [...words.slice(-mostKept).filter((word) => !known.has(word)), ...wrong]
}
