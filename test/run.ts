import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs everything, one part after the other, and ends with the line `N passed, N failed`. Each part is a process of its
 * own; a part that ends badly without a failed test counts as one failure.
 */

const root = join(import.meta.dir, '..')
const long = process.argv.includes('--long')
const seed = process.env.MESHBOX_SEED ?? String(crypto.getRandomValues(new Uint32Array(1))[0])
const partMinutes = long ? 120 : 12
/** Share of the lines of src/ that the unit tests alone run; the parts with real programs come on top and are not measured. */
const coverageFloor = 40

type Count = { passed: number; failed: number; skipped: number }
type Part = { name: string; command: string[]; junit?: string; coverage?: boolean }

const reports = mkdtempSync(join(tmpdir(), 'meshbox-reports-'))

function testPart(name: string, path: string, coverage = false): Part {
  const junit = join(reports, `${name.replaceAll('/', '-')}.xml`)
  const flags = coverage
    ? ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${join(root, 'coverage')}`]
    : []
  return {
    name,
    command: [
      'bun',
      'test',
      path,
      '--timeout',
      '60000',
      ...flags,
      '--reporter=junit',
      `--reporter-outfile=${junit}`,
    ],
    junit,
    coverage,
  }
}

const folders = readdirSync(import.meta.dir, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && hasTests(join(import.meta.dir, entry.name)))
  .map(({ name }) => name)
  .sort()

const parts: Part[] = [
  { name: 'format and lint', command: ['biome', 'check', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'build', command: ['bun', 'build/compile.ts'] },
  testPart('unit', './src', true),
  ...folders.map((folder) => testPart(folder, `./test/${folder}`)),
]

function hasTests(folder: string): boolean {
  return readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.test.ts'))
}

async function run(part: Part): Promise<Count> {
  say(`\n== ${part.name}`)
  const started = performance.now()
  const child = Bun.spawn(part.command, {
    cwd: root,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    env: { ...process.env, MESHBOX_SEED: seed, ...(long ? { MESHBOX_LONG: '1' } : {}) },
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), partMinutes * 60_000)
  const code = await child.exited
  clearTimeout(timer)
  const count = part.junit ? readReport(part.junit) : { passed: 0, failed: 0, skipped: 0 }
  const bad = code !== 0 && count.failed === 0
  const plain = part.junit === undefined
  const covered = part.coverage && code === 0 ? enoughCoverage() : true
  say(
    `-- ${part.name}: ${((performance.now() - started) / 1000).toFixed(1)} s${code === 0 ? '' : `, ended with ${code}`}`,
  )
  return {
    passed: count.passed + (plain && !bad ? 1 : 0),
    failed: count.failed + (bad ? 1 : 0) + (covered ? 0 : 1),
    skipped: count.skipped,
  }
}

/** The totals of a JUnit report stand in its first element. */
function readReport(path: string): Count {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }
  }
  const head = /<testsuites[^>]*>/.exec(text)?.[0] ?? ''
  const number = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(head)?.[1] ?? 0)
  const failed = number('failures') + number('errors')
  return { passed: number('tests') - failed - number('skipped'), failed, skipped: number('skipped') }
}

function enoughCoverage(): boolean {
  const text = readFileSync(join(root, 'coverage/lcov.info'), 'utf8')
  const sum = (key: string) =>
    [...text.matchAll(new RegExp(`^${key}:(\\d+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    )
  const percent = (100 * sum('LH')) / Math.max(1, sum('LF'))
  say(`coverage by the unit tests: ${percent.toFixed(1)} % of the lines (at least ${coverageFloor} wanted)`)
  return percent >= coverageFloor
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

say(`seed ${seed} (MESHBOX_SEED=${seed} repeats this run)${long ? ', full numbers' : ''}`)
const total: Count = { passed: 0, failed: 0, skipped: 0 }
const only = process.argv.slice(2).filter((word) => !word.startsWith('--'))
for (const part of parts) {
  if (only.length > 0 && !only.includes(part.name)) continue
  const count = await run(part)
  total.passed += count.passed
  total.failed += count.failed
  total.skipped += count.skipped
}
rmSync(reports, { recursive: true, force: true })
if (total.skipped > 0) say(`\n${total.skipped} need root and were left out: run as root to have all`)
say(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed === 0 ? 0 : 1
