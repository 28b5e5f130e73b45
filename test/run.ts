import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { addReport, type Coverage, percentRun } from './coverage.ts'
import { type Count, readReport } from './report.ts'

/**
 * Runs everything, part by part, and ends with the line `N passed, N failed`. Each part is a process of its
 * own; a part that ends badly without a failed test counts as one failure.
 */

const root = join(import.meta.dir, '..')
const long = process.argv.includes('--long')
const seed = process.env.MESHBOX_SEED ?? String(crypto.getRandomValues(new Uint32Array(1))[0])
const partMinutes = long ? 120 : 12
/** A test that needs longer says so itself. */
const testMs = 60_000
/** Percent of the lines that tests run in their own process; what the compiled binary runs is not measured. */
const coverageFloor = 68

/** What runs as one process. Of a folder of tests with real programs each file is a part, so that they share the processors well. */
type Part = { name: string; command: string[]; folder?: string; testFiles?: string[] }

const reports = mkdtempSync(join(tmpdir(), 'meshbox-reports-'))
process.on('exit', () => rmSync(reports, { recursive: true, force: true }))
const inReports = (part: Part, name: string) => join(reports, part.name.replaceAll('/', '-'), name)
const junit = (part: Part) => inReports(part, 'junit.xml')
const lcov = (part: Part) => inReports(part, 'lcov.info')

/** `*.long.test.ts` are whole scenarios that a sample of would prove nothing. */
const testFilesUnder = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => String(name).endsWith('.test.ts') && (long || !String(name).endsWith('.long.test.ts')))
    .map((name) => join(folder, String(name)))

function tests(name: string, path: string, testFiles = [path]): Part {
  const part = { name, command: [], testFiles }
  const report = ['--reporter=junit', `--reporter-outfile=${junit(part)}`]
  const coverage = ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${dirname(lcov(part))}`]
  return { ...part, command: ['bun', 'test', `./${path}`, `--timeout=${testMs}`, ...report, ...coverage] }
}

const folders = readdirSync(import.meta.dir, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && testFilesUnder(`test/${entry.name}`).length > 0)
  .map(({ name }) => name)
  .sort()

const build: Part = { name: 'build', command: ['bun', 'build/compile.ts'] }
/** Pure, and so quick that one process has them all. */
const pure: Part[] = [
  { name: 'format and lint', command: ['biome', 'check', '.'] },
  { name: 'types', command: ['tsc', '--noEmit'] },
  tests('unit', 'src', testFilesUnder('src')),
  tests('house', 'test/house', testFilesUnder('test/house')),
]
const shared: Part[] = folders
  .filter((folder) => folder !== 'house')
  .flatMap((folder) =>
    testFilesUnder(`test/${folder}`).map((path) => ({
      ...tests(path.slice('test/'.length, -'.test.ts'.length), path),
      folder,
    })),
  )
const everything = [build, ...pure, ...shared]

/** The parts that were named, or all. Tests run the binary, so it is built before any of them. */
function chosen(names: string[]): Part[] {
  const known = new Set(everything.flatMap(({ name, folder }) => [name, folder ?? name]))
  const unknown = names.find((name) => !known.has(name))
  if (unknown !== undefined) {
    const shown = [
      ...[build, ...pure].map(({ name }) => name),
      ...new Set(shared.map(({ folder }) => folder)),
    ]
    process.stderr.write(`error: there is no part ${unknown}\n`)
    process.stderr.write(`hint: the parts are ${shown.map((name) => `'${name}'`).join(', ')}\n`)
    process.exit(2)
  }
  const named = ({ name, folder = name }: Part) => names.includes(name) || names.includes(folder)
  const builds = shared.some(named)
  return everything.filter((part) => names.length === 0 || named(part) || (builds && part === build))
}

const running = new Set<Bun.Subprocess>()
/**
 * A part is a process group of its own, and for root also a PID namespace: whatever a test has started, the programs
 * that outlive their agent too, ends with the part, also where that is ended in its midst. The shell is its init, which
 * reaps what the others have left.
 */
const init = [
  'sh',
  '-c',
  'sh "$0"; [ $? -ne 3 ] || exit 3; "$@"; exit $?',
  join(import.meta.dir, 'other-programs.sh'),
]
const enclosed =
  process.getuid?.() === 0
    ? ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--', ...init]
    : []
function endPart(child: Bun.Subprocess): void {
  if (child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
}

/** The kernel's log names processes by the numbers that they have outside of any namespace. */
const open = ['supervision/start-stop']

/** What a part prints is shown as one piece when it is over, for others may run beside it. */
async function run(part: Part): Promise<Count> {
  const started = performance.now()
  mkdirSync(dirname(junit(part)), { recursive: true })
  const output = inReports(part, 'output.txt')
  const child = Bun.spawn([...(open.includes(part.name) ? [] : enclosed), ...part.command], {
    cwd: root,
    detached: true,
    stdin: 'ignore',
    stdout: Bun.file(output),
    stderr: Bun.file(output),
    env: { ...process.env, MESHBOX_SEED: seed, ...(long ? { MESHBOX_LONG: '1' } : {}) },
  })
  running.add(child)
  const timer = setTimeout(() => endPart(child), partMinutes * 60_000)
  const code = await child.exited
  running.delete(child)
  clearTimeout(timer)
  const seconds = (performance.now() - started) / 1000
  const ending =
    seconds > partMinutes * 60 ? `, ended after ${partMinutes} minutes` : code === 0 ? '' : `, exit ${code}`
  say(`\n== ${part.name}\n${readFileSync(output, 'utf8').trimEnd()}`)
  // Of all that ended in it; what the runner had to end is not counted.
  const busy = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6
  say(`-- ${part.name}: ${seconds.toFixed(1)} s, ${busy.toFixed(1)} s of a processor${ending}`)
  return countOf(part, code)
}

/** Tests with real programs mostly wait for them: several parts at a time use the machine better, and it is no busier than a real one. */
const lanes = 4

async function runSideBySide(parts: Part[]): Promise<Map<Part, Count>> {
  const counts = new Map<Part, Count>()
  const queue = parts.toSorted((a, b) => rank(a) - rank(b))
  const lane = async () => {
    for (let part = queue.shift(); part; part = queue.shift()) counts.set(part, await run(part))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return counts
}

/** The long ones first, so that none is alone at the end. */
const longest = [
  ...[
    'systemd/fresh',
    'cluster/five.long',
    'unit',
    'cluster/controllers',
    'binary/install',
    'cluster/rollout',
  ],
  ...['nemesis/nemesis', 'disorder/orders', 'cluster/faults', 'cluster/upgrade', 'cluster/docs'],
  ...['page/cluster', 'cluster/birth', 'cluster/backup', 'cluster/born', 'cluster/disk', 'systemd/apt'],
  'simulated/tasks',
]
const rank = ({ name }: Part) => (longest.indexOf(name) + longest.length + 1) % (longest.length + 1)

/** What failed at first and passed at the second run of its part. */
const shaky: string[] = []

/** What one run has lost another does not bring back. */
const neverTwice = 'nothing is lost'

/**
 * Tests with real programs have deadlines, and a machine that others use as well may be too slow for one: such a part
 * gets a second run, alone. What failed at first is told at the end all the same; pure tests have no excuse.
 */
async function onceMore(part: Part, first: Count): Promise<Count> {
  const isFinal = first.failures.some((failure) => failure.startsWith(neverTwice))
  if (first.failed === 0 || part.folder === undefined || isFinal) return first
  say(`-- ${part.name}: once more, for ${first.failures.join('; ')}`)
  const second = await run(part)
  shaky.push(
    ...first.failures
      .filter((failure) => !second.failures.includes(failure))
      .map((failure) => `${part.name}: ${failure}`),
  )
  return second
}

function countOf(part: Part, code: number): Count {
  const count = part.testFiles
    ? readReport(junit(part), part.testFiles)
    : { passed: code === 0 ? 1 : 0, failed: 0, skipped: 0, failures: [] }
  if (code !== 0 && count.failed === 0) {
    count.failed = 1
    count.failures.push(`exit ${code}`)
  }
  return count
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    for (const child of running) endPart(child)
    process.exit(1)
  })

const parts = chosen(process.argv.slice(2).filter((word) => !word.startsWith('--')))
say(`seed ${seed} (MESHBOX_SEED=${seed} repeats this run)${long ? ', full numbers' : ''}`)
const total: Count = { passed: 0, failed: 0, skipped: 0, failures: [] }
const coverage: Coverage = new Map()
const counts = new Map<Part, Count>()
if (parts.includes(build)) counts.set(build, await run(build))
for (const [part, count] of await runSideBySide(parts.filter((part) => part !== build)))
  counts.set(part, count)
for (const part of parts) {
  const first = counts.get(part)
  if (!first) continue
  const count = await onceMore(part, first)
  total.passed += count.passed
  total.failed += count.failed
  total.skipped += count.skipped
  total.failures.push(...count.failures.map((failure) => `${part.name}: ${failure}`))
  addReport(coverage, lcov(part))
}

say('')
if (parts.length === everything.length) {
  const percent = percentRun(coverage)
  say(
    `coverage: ${percent.toFixed(1)} % of the lines of ${coverage.size} files (at least ${coverageFloor} wanted)`,
  )
  if (percent >= coverageFloor) total.passed++
  else {
    total.failed++
    total.failures.push('coverage: too low')
  }
}
for (const failure of shaky) say(`shaky, passed at the second run: ${failure}`)
for (const failure of total.failures) say(`failed: ${failure}`)
if (total.skipped > 0) say(`${total.skipped} need root and were left out: run as root to have all`)
say(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed === 0 ? 0 : 1
