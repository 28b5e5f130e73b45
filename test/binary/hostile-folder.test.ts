import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binary, run } from './run.ts'

setDefaultTimeout(60_000)

const dir = mkdtempSync(join(tmpdir(), 'meshbox-hostile-'))
const clean = join(dir, 'clean')
const hostile = join(dir, 'hostile')
const trace = join(hostile, 'was-here')

beforeAll(() => {
  mkdirSync(clean)
  mkdirSync(hostile)
  const write = (name: string, text: string) => writeFileSync(join(hostile, name), text)
  write('evil.ts', `require('fs').writeFileSync(${JSON.stringify(trace)}, ''); process.exit(99)`)
  write('bunfig.toml', 'preload = ["./evil.ts"]\nlogLevel = "debug"\n[run]\npreload = ["./evil.ts"]\n')
  for (const name of ['.env', '.env.local', '.env.production', '.env.development'])
    write(name, 'MESOS_PORT=nonsense\nBUN_OPTIONS=--preload=./evil.ts\nBUN_BE_BUN=1\n')
  write('tsconfig.json', '{"compilerOptions":{"paths":{"*":["./evil.ts"]}}}')
  write('package.json', '{"name":"meshbox","type":"commonjs","imports":{"#*":"./evil.ts"}}')
  mkdirSync(join(hostile, 'node_modules/hono'), { recursive: true })
  write('node_modules/hono/index.js', "require('../../evil.ts')")
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('such a folder does take over a program that is compiled without care', async () => {
  const careless = join(dir, 'careless')
  writeFileSync(`${careless}.ts`, 'console.log(process.env.MESOS_PORT)')
  expect((await Bun.build({ entrypoints: [`${careless}.ts`], compile: { outfile: careless } })).success).toBe(
    true,
  )
  expect((await run([careless], { cwd: hostile })).code).toBe(99)
  expect(existsSync(trace)).toBe(true)
  rmSync(trace)
  const withoutPreload = join(dir, 'only-env')
  mkdirSync(withoutPreload)
  writeFileSync(join(withoutPreload, '.env'), 'MESOS_PORT=nonsense\n')
  expect((await run([careless], { cwd: withoutPreload })).out).toBe('nonsense\n')
})

for (const argv of [
  ['version'],
  ['--help'],
  ['join', 'http://127.0.0.1/mesos'],
  ['config', 'validate', '/dev/null'],
]) {
  test(`meshbox ${argv.join(' ')} does there what it does elsewhere`, async () => {
    const there = await run([binary, ...argv], { cwd: hostile })
    expect(there).toEqual(await run([binary, ...argv], { cwd: clean }))
    expect(existsSync(trace)).toBe(false)
  })
}

test('settings in .env are not taken for the environment, which does count', async () => {
  const standIn = [binary, 'simulated', 'mesos-master'] // ends for want of a --work_dir
  const refused = "Failed to load flag 'port'"
  const env = { ...process.env, MESOS_PORT: 'nonsense' }
  expect((await run(standIn, { cwd: clean, env })).err).toContain(refused)
  const there = await run(standIn, { cwd: hostile })
  expect(there.err).not.toContain(refused)
  expect(there.err).toContain('--work_dir')
})

test('nothing is written there', async () => {
  const before = readdirSync(hostile)
  await run([binary, 'version'], { cwd: hostile })
  expect(readdirSync(hostile)).toEqual(before)
})
