import { expect } from 'bun:test'
import type { RolloutReport, RolloutStatus } from '../../src/agent/rollout/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import type { Machine } from './cluster.ts'

export const one = (machines: Machine[], name: string) => {
  const found = machines.find((each) => each.name === name)
  if (!found) throw new Error(`there is no machine ${name}`)
  return found
}

export const rolloutOf = async (machine: Machine): Promise<RolloutReport> => {
  const { out, err } = await machine.meshbox('rollout', 'status', '--json')
  if (out === '') throw new Error(err)
  return JSON.parse(out)
}

export const pidsOf = async (machine: Machine) =>
  Object.fromEntries(
    ((await machine.status())?.machines[0]?.services ?? []).map(({ name, pid }) => [name, pid]),
  )

export const spoken = ({ rollout }: RolloutReport) =>
  rollout?.past.map(({ name, kind }) => `${name} ${kind}`) ?? []

export async function run(machine: Machine, ...argv: string[]): Promise<string> {
  const result = await machine.meshbox(...argv)
  expect(result).toMatchObject({ code: 0 })
  return result.out
}

/** Until it is over, or has halted. */
export async function end(machine: Machine): Promise<RolloutReport> {
  const { out, err } = await machine.meshbox('rollout', 'status', '--wait', '--json', '--timeout', '150')
  if (out === '') throw new Error(`${err}\n${(await machine.meshbox('rollout', 'status')).out}`)
  return JSON.parse(out)
}

export async function seen<T>(what: string, look: () => Promise<T | undefined>, everyMs = 200): Promise<T> {
  const found = await until(systemClock, { everyMs, timeoutMs: 90_000 }, look)
  if (found === undefined) throw new Error(`gave up waiting for ${what}`)
  return found
}

/** Every state of the rollout that a machine has seen since. */
export function follow(machine: Machine) {
  const child = Bun.spawn(machine.inside([process.execPath, `${import.meta.dir}/follow.ts`]), {
    stdin: 'ignore',
    stdout: 'pipe',
  })
  const states: Partial<RolloutStatus>[] = []
  void (async () => {
    let rest = ''
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split('\n')
      rest = lines.pop() ?? ''
      states.push(...lines.map((line) => JSON.parse(line)))
    }
  })()
  return {
    states,
    now: () => states.at(-1) ?? {},
    holder: () => states.at(-1)?.permit?.machines[0]?.name,
    stop: () => child.kill('SIGKILL'),
  }
}

/** `mostAway`: so many servers of ZooKeeper did not run at the same time. */
type Noticed = { unwrittenMs: number; mostAway: number; leaderlessMs: number; leaders: string[] }

/** What a client of ZooKeeper and of the masters noticed meanwhile. */
export async function watched(
  controllers: Machine[],
  from: Machine,
  act: () => Promise<void>,
): Promise<Noticed> {
  const hosts = controllers.map(({ address }) => address)
  const words = [process.execPath, `${import.meta.dir}/watch.ts`, ...hosts]
  const child = Bun.spawn(from.inside(words), { stdin: 'ignore', stdout: 'pipe' })
  const text = new Response(child.stdout).text()
  await systemClock.sleep(1500)
  await act()
  await systemClock.sleep(1500)
  child.kill('SIGKILL')
  return JSON.parse((await text).trimEnd().split('\n').at(-1) ?? '')
}
