import { describe, expect, setDefaultTimeout } from 'bun:test'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach, three } from './each.ts'
import { eventually, isOneCluster, join, urlOf } from './together.ts'

setDefaultTimeout(300_000)

const newCluster = clusterForEach()

/** Of the leading master; with a list, after it was set. */
async function weights(machine: Machine, list?: unknown[]): Promise<string> {
  const [leader] = await machine.dig('leader.mesos', 'A')
  const url = `http://${leader}:5050/weights`
  // One that does not lead yet points to another.
  const ask = async (...words: string[]) => {
    const { code, out } = await machine.run('curl', '-sf', '-m', '10', '-w', '%{http_code}', ...words, url)
    if (code !== 0 || !out.endsWith('200')) throw new Error(`no answer from ${leader}: ${out}`)
    return out
  }
  if (list) await ask('-X', 'PUT', '-d', JSON.stringify(list))
  return ask()
}

/** Its replica of the masters' log has what a quorum has. */
function votes(machine: Machine): Promise<true> {
  return eventually('the vote of its replica', async () => {
    const { out } = await machine.run('curl', '-sf', `http://${machine.address}:5050/metrics/snapshot`)
    return JSON.parse(out)['registrar/log/recovered'] === 1 || undefined
  })
}

describe('three machines of one URL', () => {
  needsRoot('one comes late: the others wait and name it, and nothing is born without it', async () => {
    const { a, b, c } = await three(newCluster)
    const early = await Promise.all([a, b].map((machine) => join(machine, urlOf(a, b, c), '--timeout', '4')))
    for (const { code, err } of early) {
      expect(code).toBe(1)
      expect(err).toContain(`waiting: ${c.address} is not reached`)
    }
    expect((await a.status())?.machines[0]?.services).toEqual([])
    expect(await join(c, urlOf(a, b, c))).toMatchObject({ code: 0 })
    await isOneCluster([a, b, c])
  })

  needsRoot(
    'one never comes and the operator goes on without it; when it comes after all, it gets the data',
    async () => {
      const { a, b, c } = await three(newCluster)
      const early = await Promise.all([a, b].map((machine) => join(machine, urlOf(a, b, c), '--expect', '2')))
      for (const result of early) expect(result).toMatchObject({ code: 0 })
      await weights(a, [{ role: 'marker', weight: 2 }])
      expect(await join(c, urlOf(a, b, c))).toMatchObject({ code: 0 })
      await isOneCluster([a, b, c])

      // A log that is lost is none that was never begun: it comes from the others, and is initialised by nobody.
      const [leader] = await b.dig('leader.mesos', 'A')
      const followers = [a, b, c].filter(({ address }) => address !== leader)
      const [lost, other] = followers as [Machine, Machine]
      const master = (verb: string, machine: Machine) => machine.meshbox('service', verb, 'mesos-master')
      expect(await master('stop', lost)).toMatchObject({ code: 0 })
      rmSync(path.join(lost.dataDir, 'state/mesos-master/work', 'replicated_log'), { recursive: true })
      expect(await master('start', lost)).toMatchObject({ code: 0 })
      await votes(lost)
      expect(await master('stop', other)).toMatchObject({ code: 0 })
      // Takes a quorum, and there are only these two.
      expect(await weights(lost, [{ role: 'more', weight: 3 }])).toContain('marker')
    },
  )

  needsRoot('one was joined with another URL: all wait and say so, and nothing is started', async () => {
    const { a, b, c } = await three(newCluster)
    const [first] = await Promise.all([
      join(a, urlOf(a, b, c), '--timeout', '5'),
      join(b, urlOf(a, b, c), '--timeout', '5'),
      join(c, urlOf(b, c), '--timeout', '5'),
    ])
    expect(first.code).toBe(1)
    expect(first.err).toContain(`waiting: ${c.address} was joined with the machines`)
    for (const machine of [a, b, c]) expect((await machine.status())?.machines[0]?.services).toEqual([])

    // One that waits can be ended, and waits again when it is started again.
    process.kill((await a.status())?.machines[0]?.pid ?? 0, 'SIGTERM')
    await eventually('the end of the agent', async () => ((await a.status()) ? undefined : true))
    const again = await join(a, urlOf(a, b, c), '--timeout', '3')
    expect(again.err).toContain(`waiting: ${c.address} was joined with the machines`)
  })

  needsRoot(
    'a partition while they agree: two of three never begin by themselves; healed, one cluster',
    async () => {
      const { cluster, a, b, c } = await three(newCluster)
      cluster.partition(a, c)
      const early = await Promise.all(
        [a, b, c].map((machine) => join(machine, urlOf(a, b, c), '--timeout', '5')),
      )
      for (const { code } of early) expect(code).toBe(1)
      for (const machine of [a, b, c]) expect((await machine.status())?.machines[0]?.services).toEqual([])
      cluster.heal(a, c)
      await isOneCluster([a, b, c])
    },
  )
})
