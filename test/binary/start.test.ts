import { expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binary } from './run.ts'

setDefaultTimeout(60_000)

const rounds = 21
const allowedMs = 50

function runMs(...command: string[]): number {
  const started = performance.now()
  const { exitCode } = Bun.spawnSync(command, { stdout: 'ignore' })
  expect(exitCode).toBe(0)
  return performance.now() - started
}

test(`a start takes no longer than that of an empty compiled program plus ${allowedMs} ms`, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'meshbox-start-'))
  try {
    const empty = join(dir, 'empty')
    writeFileSync(`${empty}.ts`, '')
    const built = await Bun.build({ entrypoints: [`${empty}.ts`], compile: { outfile: empty } })
    expect(built.success).toBe(true)
    const ours: number[] = []
    const theirs: number[] = []
    // In turns, so that whatever else the machine does falls on both.
    for (let round = 0; round < rounds; round++) {
      theirs.push(runMs(empty))
      ours.push(runMs(binary, 'version'))
    }
    // What else the machine does makes some of them slower, and none of them quicker.
    const [meshbox, program] = [Math.min(...ours), Math.min(...theirs)]
    process.stdout.write(`start: meshbox ${meshbox.toFixed(1)} ms, empty program ${program.toFixed(1)} ms\n`)
    expect(meshbox - program).toBeLessThanOrEqual(allowedMs)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
