import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { pretend } from '../api/pretend.ts'

const folder = join(import.meta.dir, '../../docs/monitoring')
const read = (name: string) => readFileSync(join(folder, name), 'utf8')

async function promtool(
  argv: string[],
  stdin: string | 'ignore' = 'ignore',
): Promise<{ code: number; text: string }> {
  const child = Bun.spawn(['promtool', ...argv], {
    ...{ cwd: folder, stdout: 'pipe', stderr: 'pipe' },
    stdin: stdin === 'ignore' ? 'ignore' : new Blob([stdin]),
  })
  const texts = await Promise.all([child.stdout, child.stderr].map((stream) => new Response(stream).text()))
  return { code: await child.exited, text: texts.join('') }
}

async function metrics(): Promise<string> {
  const answer = await pretend().ask('loopback', '/metrics')
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
  return answer.text()
}

/** The names that an expression speaks of. */
const namesIn = (text: string) => [...new Set(text.match(/\b(?:meshbox|process)_[a-z_]+/g) ?? [])]

test('metrics are named as Prometheus has it', async () => {
  expect(await promtool(['check', 'metrics'], await metrics())).toEqual({ code: 0, text: '' })
})

test('metrics are for those who may read', async () => {
  const { ask } = pretend()
  expect((await ask('remote', '/metrics')).status).toBe(401)
})

test('alerts are sound, and fire when they should', async () => {
  expect((await promtool(['check', 'rules', 'alerts.yml'])).code).toBe(0)
  const { code, text } = await promtool(['test', 'rules', 'alerts.test.yml'])
  expect(`${code} ${text}`).toContain('SUCCESS')
  expect(code).toBe(0)
})

test('alerts, dashboard and their page name nothing that there is not', async () => {
  const there = new Set([...(await metrics()).matchAll(/^([a-z_]+)(?:\{| )/gm)].map(([, name]) => name))
  const helped = new Set([...(await metrics()).matchAll(/^# HELP (\S+)/gm)].map(([, name]) => name))
  const { panels } = JSON.parse(read('dashboard.json')) as { panels: { targets: { expr: string }[] }[] }
  const { groups } = parse(read('alerts.yml')) as { groups: { rules: { expr: string }[] }[] }
  const expressions = [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ]
  expect(expressions.length).toBeGreaterThan(20)
  const unknown = expressions.flatMap(namesIn).filter((name) => !there.has(name) && !helped.has(name))
  expect(unknown).toEqual([])
  const told = namesIn(read('README.md')).filter((name) => name !== 'process_')
  expect(told.filter((name) => !helped.has(name))).toEqual([])
  const untold = [...helped].filter(
    (name) => /^meshbox_(?!dns_)/.test(name ?? '') && !told.includes(name ?? ''),
  )
  expect(untold).toEqual([])
})

test('each alert says what to type', () => {
  const { groups } = parse(read('alerts.yml')) as {
    groups: { rules: { annotations: { description: string } }[] }[]
  }
  for (const { rules } of groups)
    for (const { annotations } of rules)
      expect(annotations.description).toMatch(/`(?:meshbox|systemctl) [^`]+`/)
})
