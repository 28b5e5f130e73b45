import { add, type Range, type Resource, rangesOf, scalarOf, subtract } from '../resources.ts'
import type { Offer } from '../wire/model.ts'
import type { App } from './app.ts'
import { allows } from './constraints.ts'
import type { Instance } from './instance.ts'

export type Match = { app: App; offer: Offer; ports: number[]; resources: Resource[] }

/**
 * Gives tasks that wait a place: of the offers that have room, the agent with the fewest tasks of the app, then the
 * fewest at all.
 */
export function matchOffers(
  offers: Offer[],
  wanted: { app: App; count: number }[],
  instances: Instance[],
  random: () => number,
): Match[] {
  const left = new Map(offers.map((offer) => [offer.id, offer.resources]))
  const placed: { appId: string; agentId: string; host: string }[] = instances.filter(
    ({ killing }) => !killing,
  )
  const matches: Match[] = []
  for (const { app, count } of wanted) {
    for (let i = 0; i < count; i++) {
      const on = (agentId: string, appId?: string) =>
        placed.filter((each) => each.agentId === agentId && (appId === undefined || each.appId === appId))
          .length
      const sorted = [...offers].sort(
        (a, b) => on(a.agentId, app.id) - on(b.agentId, app.id) || on(a.agentId) - on(b.agentId),
      )
      const match = sorted
        .filter((offer) => allows(app, offer, offers, placed))
        .map((offer) => fit(app, offer, left.get(offer.id) ?? [], random))
        .find((each) => each !== undefined)
      if (!match) break
      left.set(match.offer.id, subtract(left.get(match.offer.id) ?? [], match.resources))
      placed.push({ appId: app.id, agentId: match.offer.agentId, host: match.offer.hostname })
      matches.push(match)
    }
  }
  return matches
}

function fit(app: App, offer: Offer, free: Resource[], random: () => number): Match | undefined {
  const resources: Resource[] = []
  for (const name of ['cpus', 'mem', 'disk', 'gpus'] as const) {
    let missing = app[name]
    if (scalarOf(free, name) < missing) return undefined
    for (const { role, value } of free.filter((each) => each.name === name)) {
      const part = typeof value === 'number' ? Math.min(value, missing) : 0
      missing -= part
      if (part > 0) resources.push({ name, role, value: part })
    }
  }
  const ports = choosePorts(app, rangesOf(free, 'ports'), random)
  if (!ports) return undefined
  const ofPorts = ports.map((port) => ({
    name: 'ports',
    role: free.find((each) => each.name === 'ports' && holds(rangesOf([each], 'ports'), port))?.role ?? '*',
    value: [{ begin: port, end: port }],
  }))
  return { app, offer, ports, resources: add(resources, ofPorts) }
}

const holds = (ranges: Range[], port: number) => ranges.some(({ begin, end }) => begin <= port && port <= end)

/** The asked port where one must be had, else any free one, chosen so that a port is not taken again at once. */
function choosePorts(app: App, free: Range[], random: () => number): number[] | undefined {
  const size = free.reduce((total, { begin, end }) => total + end - begin + 1, 0)
  const chosen: number[] = []
  for (const { port } of app.portDefinitions) {
    if (app.requirePorts && port !== 0) {
      if (!holds(free, port) || chosen.includes(port)) return undefined
      chosen.push(port)
      continue
    }
    if (chosen.length >= size) return undefined
    let index = Math.floor(random() * size)
    while (chosen.includes(nth(free, index))) index = (index + 1) % size
    chosen.push(nth(free, index))
  }
  return chosen
}

function nth(ranges: Range[], index: number): number {
  let left = index
  for (const { begin, end } of ranges) {
    if (left <= end - begin) return begin + left
    left -= end - begin + 1
  }
  return 0
}
