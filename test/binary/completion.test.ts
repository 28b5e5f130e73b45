import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openShells, shellNames } from '../shells.ts'

setDefaultTimeout(60_000)

const binary = join(import.meta.dir, '../../dist/meshbox')
const dir = mkdtempSync(join(tmpdir(), 'mb-complete-'))
const completed = openShells(dir, binary)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const lines: [string, string][] = [
  ['meshbox mainten', 'meshbox maintenance'],
  ['meshbox config hist', 'meshbox config history'],
  ['meshbox status --wa', 'meshbox status --watch'],
  ['meshbox config set dns.tt', 'meshbox config set dns.ttl='],
  ['meshbox config set dns.httpOn=f', 'meshbox config set dns.httpOn=false'],
  ['meshbox config get zookeeper.tickT', 'meshbox config get zookeeper.tickTime'],
  ['meshbox config apply ba', 'meshbox config apply bash'],
]

// What only an agent knows, its services, nodes and versions, is tried with one that runs, in test/e2e/dev.test.ts.
describe.each(shellNames)('%s', (shell) => {
  test.concurrent.each(lines)('%s', async (begun, wanted) => {
    expect(await completed(shell, begun)).toBe(wanted)
  })
})
