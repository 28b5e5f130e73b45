import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { freePort } from '../zookeeper/server.ts'
import { startMaster } from './master.ts'

/**
 * A Prometheus that finds tasks by SRV and scrapes them, in a network of its own whose resolv.conf names 127.0.0.1.
 * Prints as JSON which ports it scrapes while both tasks run, and after one has ended.
 */

type Target = {
  health: string
  discoveredLabels: Record<string, string>
}

/** Two tasks' programs: each serves one metric. */
const tasks = ['one', 'two'].map((id) => ({
  id,
  server: Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () => new Response(`up_and_well{task="${id}"} 1\n`, { headers: { 'Content-Type': 'text/plain' } }),
  }),
}))
const portOf = (task: (typeof tasks)[number]) => task.server.port ?? 0
let running = tasks

const master = startMaster((path) => {
  if (path !== '/master/state') return undefined
  return {
    leader: `master@${master.address}`,
    slaves: [{ id: 'a-S1', pid: 'slave(1)@127.0.0.1:5051' }],
    frameworks: [
      {
        name: 'marathon',
        tasks: running.map((task) => ({
          id: task.id,
          name: 'web',
          slave_id: 'a-S1',
          state: 'TASK_RUNNING',
          resources: { ports: `[${portOf(task)}-${portOf(task)}]` },
        })),
      },
    ],
  }
})

const resolver = await startResolver({
  config: dnsSchema.parse({ listener: '127.0.0.1', port: 53, httpOn: false, externalOn: false, ttl: 1 }),
  source: { kind: 'masters', masters: [master.address] },
  clock: systemClock,
  log: silentLog,
})
await resolver.refresh()

const folder = mkdtempSync(join(tmpdir(), 'meshbox-prometheus-'))
const port = await freePort()
writeFileSync(
  join(folder, 'prometheus.yml'),
  `global:
  scrape_interval: 1s
scrape_configs:
  - job_name: web
    dns_sd_configs:
      - names: ['_web._tcp.marathon.mesos']
        type: SRV
        refresh_interval: 1s
`,
)
const prometheus = Bun.spawn(
  [
    'prometheus',
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ],
  { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' },
)

/** `TARGET NAME` of each target that is scraped well, its task's id put for the port; undefined while it is another number. */
async function scraped(wanted: number): Promise<string[] | undefined> {
  const found = await until(systemClock, { everyMs: 200, timeoutMs: 20_000 }, async () => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/targets?state=active`).catch(
      () => undefined,
    )
    if (!response?.ok) return undefined
    const { data } = (await response.json()) as { data: { activeTargets: Target[] } }
    const good = data.activeTargets.filter(({ health }) => health === 'up')
    return good.length === wanted && data.activeTargets.length === wanted ? good : undefined
  })
  return found
    ?.map(({ discoveredLabels: labels }) => {
      const [host = '', number] = (labels.__address__ ?? '').split(':')
      const task = tasks.find((one) => portOf(one) === Number(number))?.id
      return `${host} ${task} ${labels.__meta_dns_name}`
    })
    .sort()
}

const both = await scraped(2)
running = tasks.slice(0, 1)
await resolver.refresh()
const one = await scraped(1)

prometheus.kill()
await prometheus.exited
await resolver.close()
await master.stop()
for (const { server } of tasks) await server.stop(true)
rmSync(folder, { recursive: true, force: true })
process.stdout.write(JSON.stringify({ both, one }))
process.exit(0)
