import { expect } from 'bun:test'
import type { ClusterStatus } from '../../src/agent/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import type { Machine } from './cluster.ts'

const config = `${import.meta.dir}/cluster.yaml`

export const urlOf = (...machines: Machine[]) =>
  `zk://${machines.map(({ address }) => address).join(',')}/mesos`

export const join = (machine: Machine, url: string, ...more: string[]) =>
  machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config, ...more)

export async function eventually<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
  const found = await until(systemClock, { everyMs: 200, timeoutMs: 120_000 }, () =>
    check().catch(() => undefined),
  )
  if (found === undefined) throw new Error(`gave up waiting for ${what}`)
  return found
}

/** One ensemble, one document, everything ready, and names answered on each machine. */
export async function isOneCluster(machines: Machine[]): Promise<void> {
  const statuses = await Promise.all(
    machines.map((machine) => machine.waitFor('readiness', ({ ready }) => ready)),
  )
  expect(new Set(statuses.map(({ cluster: { id } }) => id)).size).toBe(1)
  for (const machine of machines) {
    const lines = await eventually(`names on ${machine.name}`, async () => {
      const found = await machine.dig('slave.mesos', 'A')
      return found.length === machines.length ? found : undefined
    })
    expect(lines).toEqual(machines.map(({ address }) => address).sort())
    expect(await machine.dig('leader.mesos', 'A')).toHaveLength(1)
  }
  for (const machine of machines) {
    const others = machines.filter((other) => other !== machine).map(({ name }) => `${name} alive true 0`)
    await eventually(`the others in the status of ${machine.name}`, async () => {
      const { others: seen }: ClusterStatus = JSON.parse((await machine.meshbox('status', '--json')).out)
      const told = seen.map(
        ({ name, state, said, document }) => `${name} ${state} ${said?.ready} ${document}`,
      )
      return Bun.deepEquals(told.sort(), others.sort()) || undefined
    })
  }
  const modes = await Promise.all(machines.map(modeOf))
  expect(modes.sort()).toEqual(['follower', 'follower', 'leader'])
}

export async function modeOf(machine: Machine): Promise<string> {
  const script = `exec 3<>/dev/tcp/${machine.address}/2181 && echo srvr >&3 && grep Mode: <&3`
  return (await machine.run('bash', '-c', script)).out.replace('Mode: ', '').trim()
}
