import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../zookeeper/server.ts'

const alerts = join(import.meta.dir, '../../docs/monitoring/alerts.yml')

export type Prometheus = {
  /** The values of an expression; none while it answers nothing. */
  query(expression: string): Promise<number[]>
  rules(): Promise<{ name: string; health: string; state: string }[]>
  stop(): Promise<void>
}

/** A real Prometheus that scrapes one API with a token, and has the alerts of the docs. */
export async function startPrometheus(api: string, token: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'mb-prometheus-'))
  const port = await freePort()
  writeFileSync(join(folder, 'token'), token)
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ['${alerts}']
scrape_configs:
  - job_name: meshbox
    authorization: { credentials_file: ${folder}/token }
    static_configs: [{ targets: ['${api}'] }]
`,
  )
  const child = Bun.spawn(
    [
      ...['prometheus', `--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`],
      ...[`--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
    ],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
  )
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => undefined)
    return answer?.ok ? await answer.json() : undefined
  }
  return {
    async query(expression) {
      type Found = { data: { result: { value: [number, string] }[] } }
      const found = (await ask(`query?query=${encodeURIComponent(expression)}`)) as Found | undefined
      return (found?.data.result ?? []).map(({ value }) => Number(value[1]))
    },
    async rules() {
      type Found = { data: { groups: { rules: { name: string; health: string; state: string }[] }[] } }
      return (((await ask('rules')) as Found | undefined)?.data.groups ?? []).flatMap(({ rules }) => rules)
    },
    async stop() {
      child.kill()
      await child.exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
