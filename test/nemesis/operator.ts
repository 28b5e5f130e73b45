import type { ControllersReport } from '../../src/agent/controllers/open.ts'
import type { RolloutReport, RolloutStatus } from '../../src/agent/rollout/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import type { Machine } from '../cluster/cluster.ts'
import { whole } from '../gossip/seed.ts'
import type { Observed } from './clients.ts'
import { ask, call, type World } from './world.ts'

const everyMs = 2000
/** Longer than that it waits for no rollout of options. */
const rolloutMs = 40_000
const lookMs = 1000
/** Whoever has gone on with a change of controllers so often in vain takes it back. */
const mostResumes = 4
/** What an operator changes: ZooKeeper's servers, masters and agents start anew by each. */
const changes: ((number: number) => { path: string[]; value: unknown })[] = [
  (number) => ({ path: ['zookeeper', 'tickTime'], value: 2000 + (number % 500) }),
  (number) => ({ path: ['mesos', 'master', 'allocation_interval'], value: `${1000 + (number % 500)}ms` }),
  (number) => ({
    path: ['mesos', 'agent', 'registration_backoff_factor'],
    value: `${1000 + (number % 500)}ms`,
  }),
]
const headers = { 'content-type': 'application/json' }

type Wish =
  | { verb: 'add'; nodes: string[] }
  | { verb: 'remove'; nodes: string[]; gone: false }
  | { verb: 'replace'; node: string; by: string; gone: false }

/** Changes controllers and options by turns, takes some changes back, and goes on with what has halted. */
export type Operator = {
  /** Begins nothing new. */
  calm(): void
  /** Until all that was begun is over. */
  settle(): Promise<void>
}

export function startOperator(
  world: World,
  observed: Observed,
  random: () => number,
  quiet: () => boolean,
  next: () => number,
): Operator {
  const { machines } = world.cluster
  const seen = new Map<string, string>()
  let isCalm = false
  const anyone = () => machines[whole(random, machines.length)]

  async function look(): Promise<ControllersReport | undefined> {
    const machine = anyone()
    const report = machine && (await ask<ControllersReport>(machine, '/v1/controllers'))
    if (!report) return undefined
    const { controllers, change } = report
    // Whoever is one, or is about to be.
    const names = new Set([
      ...controllers.map(({ address }) => address),
      ...machines
        .filter(({ name }) => change && !isOver(change.state) && change.text.includes(name))
        .map(({ address }) => address),
    ])
    world.controllers = machines.filter(({ address }) => names.has(address))
    world.voters = machines.filter((each) =>
      controllers.some(({ address, votes }) => votes && address === each.address),
    )
    // One that has heard nothing for a while may tell what was.
    if (
      change &&
      !isOverIn(seen.get(change.id)) &&
      seen.get(change.id) !== `${change.text}: ${change.state}`
    ) {
      seen.set(change.id, `${change.text}: ${change.state}`)
      world.say(`${change.text}: ${change.state}${change.why ? `, ${change.why}` : ''}`)
    }
    return report
  }

  /** By what was halted: its id, or the version; how often somebody has gone on with it. */
  const resumed = new Map<string, number>()

  /** What the message says: goes on, or takes a change of controllers back where that was in vain. */
  async function afterHalt(machine: Machine, { change, why, permit }: RolloutStatus): Promise<void> {
    const controllers = change.kind === 'controllers'
    const key = controllers ? change.id : `${change.version}`
    const times = (resumed.get(key) ?? 0) + 1
    resumed.set(key, times)
    const undoes = controllers && times > mostResumes
    world.say(`${controllers ? 'controllers' : 'rollout'}: ${why}; ${undoes ? 'undo' : 'resume'}`)
    const [silent] = times > 1 ? (permit?.machines ?? []) : []
    const ways: [path: string, body: unknown][] = [
      ...(undoes ? [['/v1/controllers/undo', {}] as [string, unknown]] : []),
      // Refused while it lives.
      ...(silent ? [['/v1/rollout/resume', { without: silent.name }] as [string, unknown]] : []),
      ['/v1/rollout/resume', {}],
    ]
    for (const [path, body] of ways) {
      const told = await call(machine, path, { method: 'POST', headers, body: JSON.stringify(body) })
      if (told.kind === 'ok') return
    }
  }

  /** @returns what is under way, or has halted; undefined where nobody tells */
  async function goOn(mayUndo: boolean): Promise<'nothing' | 'options' | 'controllers' | undefined> {
    const machine = anyone()
    const report = machine && (await ask<RolloutReport>(machine, '/v1/rollout'))
    if (!report || report.away) return undefined
    const { rollout } = report
    if (!rollout) return 'nothing'
    const controllers = rollout.change.kind === 'controllers'
    if (controllers && !isOver(rollout.state) && mayUndo && random() < 0.03) {
      world.say('an operator takes the change of controllers back')
      await call(machine, '/v1/controllers/undo', { method: 'POST', headers, body: '{}' })
      return 'controllers'
    }
    if (rollout.state === 'halted') await afterHalt(machine, rollout)
    if (isOver(rollout.state)) return 'nothing'
    return controllers ? 'controllers' : 'options'
  }

  /** @returns whether that may have begun */
  async function changeControllers(report: ControllersReport): Promise<boolean> {
    const machine = anyone()
    const wish = wishFor(
      report.controllers.map(({ name }) => name),
      machines.map(({ name }) => name),
      random,
    )
    if (!machine) return false
    const told = await call<{ id: string }>(machine, '/v1/controllers', {
      method: 'POST',
      headers,
      body: JSON.stringify(wish),
    })
    const why = 'why' in told ? `: ${told.why}` : ''
    world.say(`an operator: controllers ${JSON.stringify(wish)}: ${told.kind}${why}`)
    return told.kind === 'ok' || told.kind === 'unknown'
  }

  async function changeOption(): Promise<void> {
    const machine = anyone()
    if (!machine) return
    const number = next()
    const change = changes[number % changes.length]?.(number)
    const id = `w${number}`
    const operation: Observed['document'][number] = {
      op: { kind: 'unknown', id },
      start: performance.now(),
      end: Infinity,
    }
    observed.document.push(operation)
    const told = await call<{ version: number }>(machine, '/v1/config/edits', {
      method: 'POST',
      headers,
      body: JSON.stringify({
        edits: [change, { path: ['nodes', 'nobody', 'dns', 'ttl'], value: number }],
        author: { who: 'nemesis', how: 'test', why: id },
      }),
    })
    if (told.kind === 'unknown') return
    operation.end = performance.now()
    if (told.kind === 'ok') operation.op = { kind: 'wrote', from: told.body.version - 1, id }
    else {
      observed.document.splice(observed.document.indexOf(operation), 1)
      if (told.kind === 'failed') observed.faults.push(`${id} was refused for good: ${told.why}`)
    }
  }

  const looking = (async () => {
    while (!quiet()) {
      await look()
      await Bun.sleep(lookMs)
    }
  })()
  let options = false
  const working = (async () => {
    while (!quiet()) {
      const deadline = Date.now() + rolloutMs
      for (let now = await goOn(!isCalm); !quiet(); now = await goOn(!isCalm)) {
        if (!isCalm && (now === 'nothing' || (now !== 'controllers' && Date.now() > deadline))) break
        await Bun.sleep(lookMs)
      }
      if (isCalm) continue
      if (options) await changeOption()
      else {
        // Machines that are away are in its way, and so is a rollout of options.
        for (let tries = 0; tries < 10 && !quiet() && !isCalm; tries++) {
          const machine = anyone()
          if (machine) await call(machine, '/v1/rollout/abort', { method: 'POST', headers, body: '{}' })
          const report = await look()
          if (report && (await changeControllers(report))) break
          await Bun.sleep(lookMs)
        }
      }
      options = !options
      await Bun.sleep(everyMs)
    }
  })()

  return {
    calm() {
      isCalm = true
    },
    async settle() {
      await Promise.all([looking, working])
      await until(systemClock, { everyMs: lookMs, timeoutMs: 240_000 }, async () => {
        await goOn(false)
        const report = await look()
        return (report && (!report.change || isOver(report.change.state))) || undefined
      })
    },
  }
}

const isOverIn = (told: string | undefined) => / (done|aborted)$/.test(told ?? '')
const isOver = (state: string) => state === 'done' || state === 'aborted'

/** Three to five, five to three, or one for another. */
function wishFor(present: string[], all: string[], random: () => number): Wish {
  const others = all.filter((name) => !present.includes(name))
  const some = (names: string[], count: number) =>
    names
      .map((name) => ({ name, at: random() }))
      .sort((a, b) => a.at - b.at)
      .slice(0, count)
      .map(({ name }) => name)
  const [node = ''] = some(present, 1)
  const [by] = some(others, 1)
  if (by === undefined) return { verb: 'remove', nodes: some(present, 2), gone: false }
  if (others.length >= 2 && random() < 0.5) return { verb: 'add', nodes: some(others, 2) }
  return { verb: 'replace', node, by, gone: false }
}
