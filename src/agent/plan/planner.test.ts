import { expect, test } from 'bun:test'
import { checkSettings } from '../../config/document/check.ts'
import { effectiveConfig } from '../../config/document/effective.ts'
import { parseDocumentText } from '../../config/document/parse.ts'
import { parseZkUrl } from '../../config/zookeeper/url.ts'
import { silentLog } from '../../log.ts'
import { openStore } from '../../store.ts'
import { planServices } from '../../supervisor/plan.ts'
import type { Availability } from '../../supervisor/provider/choose.ts'
import { choosePrograms, serviceNames } from '../../supervisor/provider/choose.ts'
import type { ServiceName, ServiceSpec } from '../../supervisor/service/spec.ts'
import { openMemory } from '../local/memory.ts'
import type { Setup } from './hold.ts'
import { openPlanner } from './planner.ts'

const node = { name: 'one', roles: ['worker', 'controller'] as ('worker' | 'controller')[] }
const here = Object.fromEntries(
  serviceNames.map((name) => [name, { kind: 'here', provided: { provider: 'system', command: [name] } }]),
) as Record<ServiceName, Availability>
const programs = choosePrograms(here, { simulated: false, self: [] })
const server = (id: number) => ({
  ...{ id, host: `10.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
})

const inputFor = ({ config, servers }: Pick<Setup, 'config' | 'servers'>) => ({
  config,
  machine: {
    ...{ name: 'one', hostname: 'one', ip: '10.0.0.1', dataDir: '/data', logDir: '/log' },
    ...{ root: true, systemd: false, cpus: 2, memMb: 4096 },
  },
  zk: parseZkUrl(`zk://${(servers ?? [server(1)]).map(({ host }) => host).join(',')}/mesos`),
  programs,
  mode: 'joined' as const,
  roles: { controller: true, worker: true },
})

/** A machine whose agent can be started again; what runs is as it was applied last. */
function machine(seen = true) {
  const memory = openMemory(openStore(':memory:'))
  let text = ''
  let servers = [server(1)]
  let runs: ServiceSpec[] = []
  let masterStops = false
  const inputOf = (setup: Pick<Setup, 'config' | 'servers'>) => ({ ...inputFor(setup), masterStops })
  const open = () =>
    openPlanner({
      inputFor: inputOf,
      membership: () => ({
        effective: () => effectiveConfig(parseDocumentText(text, 'x'), node),
        isWritten: () => seen,
        cluster: () => ({ id: crypto.randomUUID(), simulated: false, bornAt: '', servers }),
      }),
      read: (given) => parseDocumentText(given, 'x'),
      supervisor: { specs: () => runs },
      first: checkedDefaults(),
      memory,
      facts: () => node,
      rests: () => (masterStops ? ['mesos-master'] : []),
      free: false,
      log: silentLog,
    })
  let planner = open()
  const at = {
    planner: () => planner,
    write(next: string) {
      text = next
      seen = true
      at.apply()
    },
    move(next: number[]) {
      servers = next.map(server)
      at.apply()
    },
    stopMaster(stops: boolean) {
      masterStops = stops
      if (stops) at.apply()
    },
    /** As the reconciler does it. */
    apply() {
      const setup = planner.setup()
      runs = planServices(inputOf(setup)).services
      planner.applied(setup)
    },
    /** Another one opens, and has applied nothing yet. */
    reopen() {
      runs = []
      planner = open()
    },
    /** It throws once the first program is looked after. */
    applyHalf() {
      runs = planServices(inputFor(planner.setup())).services.filter(({ name }) => name === 'mesos-agent')
    },
    restartAgent() {
      const before = runs
      at.reopen()
      const setup = planner.setup()
      runs = planServices(inputOf(setup)).services
      planner.applied(setup)
      return { same: Bun.deepEquals(runs, before, true) }
    },
    argvOf: (name: ServiceName) => runs.find((spec) => spec.name === name)?.argv.join(' ') ?? '',
  }
  at.apply()
  return at
}

function checkedDefaults() {
  const checked = checkSettings({})
  if (checked.kind === 'valid') return checked.config
  throw new Error('the defaults are not valid')
}

const flag = (value: string) => `mesos: { master: { extraFlags: { x: "${value}" } } }`

test('what starts a program anew waits, through a restart of the agent too; what does not is done', () => {
  const one = machine()
  one.write(`${flag('1')}\ndns: { ttl: 7 }`)
  expect(one.planner().waits()).toEqual(['mesos-master'])
  expect(one.planner().outlook().pending).toEqual(['mesos.master.extraFlags.x'])
  expect(one.argvOf('mesos-master')).not.toContain('--x=1')
  expect(one.planner().setup().config.dns.ttl).toBe(7)
  expect(one.restartAgent()).toEqual({ same: true })
  expect(one.planner().waits()).toEqual(['mesos-master'])
})

test('what an agent has not taken over yet may still run, and waits, though the rest of it is there', () => {
  const one = machine()
  one.write(flag('1'))
  one.reopen()
  expect(one.planner().waits()).toEqual(['mesos-master'])
  one.applyHalf()
  expect(one.planner().waits()).toEqual(['mesos-master'])
  one.apply()
  expect(one.argvOf('mesos-master')).not.toContain('--x=1')
  expect(one.planner().waits()).toEqual(['mesos-master'])
})

test('before a document is seen nothing is known, nor by what was planned before it was', () => {
  const one = machine(false)
  const early = one.planner().setup()
  expect(one.planner().knows()).toBe(false)
  one.write(flag('1'))
  expect(one.planner().knows()).toBe(true)
  expect(one.argvOf('mesos-master')).toContain('--x=1')
  one.planner().applied(early)
  expect(one.planner().waits()).toEqual([])
})

test('an agent that starts again knows from the beginning what it was brought to, in a trial too', () => {
  const one = machine(false)
  one.reopen()
  expect(one.planner().knows()).toBe(false)
  one.write(flag('1'))
  one.reopen()
  expect(one.planner().knows()).toBe(true)
  one.planner().begin(7)
  one.reopen()
  expect(one.planner().knows()).toBe(true)
})

test('a trial is kept, and from then on it is what runs here', () => {
  const one = machine()
  one.write(flag('1'))
  const trial = one.planner().begin(7)
  expect(trial.isApplied()).toBe(false)
  one.apply()
  expect([trial.isApplied(), one.argvOf('mesos-master')]).toEqual([true, expect.stringContaining('--x=1')])
  trial.keep()
  expect(one.planner().waits()).toEqual([])
  expect(one.restartAgent()).toEqual({ same: true })
  expect(one.planner().trial()).toBeUndefined()
})

test('a trial is taken back to what ran before, and waits again; the same document does not let itself through', () => {
  const one = machine()
  const before = one.argvOf('mesos-master')
  one.write(flag('1'))
  const trial = one.planner().begin(7)
  one.apply()
  trial.takeBack('it does not run')
  expect(trial.isApplied()).toBe(false)
  one.apply()
  expect([trial.isApplied(), one.argvOf('mesos-master')]).toEqual([true, before])
  expect(one.planner().waits()).toEqual(['mesos-master'])
})

test('an agent that is killed during a trial goes on with it, under its permit', () => {
  const one = machine()
  one.write(flag('1'))
  one.planner().begin(7, ['marathon'])
  one.apply()
  expect(one.restartAgent()).toEqual({ same: true })
  expect(one.planner().trial()).toMatchObject({ step: 7, excused: ['marathon'] })
  one.planner().trial()?.takeBack('it does not run')
  one.apply()
  expect(one.argvOf('mesos-master')).not.toContain('--x=1')
})

test('a document that comes during a trial waits for the next permit, but for what starts nothing', () => {
  const one = machine()
  one.write(flag('1'))
  const trial = one.planner().begin(7)
  one.apply()
  one.write(`${flag('2')}\ndns: { ttl: 9 }`)
  expect(one.argvOf('mesos-master')).toContain('--x=1')
  expect(one.planner().setup().config.dns.ttl).toBe(9)
  trial.keep()
  one.apply()
  expect(one.argvOf('mesos-master')).toContain('--x=1')
  expect(one.planner().waits()).toEqual(['mesos-master'])
})

test('another list of controllers waits as well, and comes with the trial', () => {
  const one = machine()
  one.move([1, 2, 3])
  expect(one.planner().waits()).toEqual(['mesos-master', 'mesos-agent', 'marathon'])
  expect(one.argvOf('mesos-master')).not.toContain('10.0.0.3')
  one.planner().begin(1)
  one.apply()
  expect(one.argvOf('mesos-master')).toContain('10.0.0.3')
  one.planner().trial()?.keep()
  expect(one.planner().waits()).toEqual([])
})

test('other controllers alone take along nothing that waits, be it that the master was stopped for it or not', () => {
  for (const stops of [false, true]) {
    const one = machine()
    one.write(`${flag('1')}\nmarathon: { extraFlags: { y: "1" } }\ndns: { ttl: 7 }`)
    if (stops) one.stopMaster(true)
    one.apply()
    one.move([1, 2, 3])
    one.stopMaster(false)
    const trial = one.planner().move(7)
    one.apply()
    one.apply()
    expect(trial.isApplied()).toBe(true)
    trial.keep()
    one.apply()
    expect(one.argvOf('mesos-master')).toContain('10.0.0.3')
    expect(one.argvOf('mesos-master')).not.toContain('--x=1')
    expect(one.argvOf('marathon')).not.toContain('--y 1')
    expect(one.planner().setup().config.dns.ttl).toBe(7)
    expect(one.planner().waits()).toEqual(['mesos-master', 'marathon'])
  }
})

test('an agent that is killed after it went back knows so, until it is forgotten, or tries something else', () => {
  const one = machine()
  one.write('mesos: { master: { extraFlags: { x: 1 } } }')
  one.planner().begin(7, ['marathon']).takeBack('it does not run')
  one.restartAgent()
  expect(one.planner().trial()).toBeUndefined()
  expect(one.planner().failure()).toMatchObject({ step: 7, excused: ['marathon'], why: 'it does not run' })
  expect(one.planner().failure()?.isApplied()).toBe(true)
  one.planner().failure()?.forget()
  one.restartAgent()
  expect(one.planner().failure()).toBeUndefined()
  one.planner().begin(8).takeBack('nor now')
  const trial = one.planner().begin(9)
  expect([one.planner().failure(), one.planner().trial()?.step]).toEqual([undefined, 9])
  trial.keep()
  one.restartAgent()
  expect([one.planner().failure(), one.planner().trial()]).toEqual([undefined, undefined])
})
