import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dir, '../..')

/** Examples that need more than a cluster that is well, each with the test that runs such a command. */
const elsewhere: [RegExp, string][] = [
  [/^meshbox join zk:\/\/10\.0\.0\.1:2181/, 'test/cluster/workers.test.ts'],
  // README.md has it.
  [/^meshbox join zk:\/\/10\.0\.0\.1,/, 'test/cluster/docs.test.ts'],
  [/^meshbox join .*--key-file/, 'test/cluster/keyed.test.ts'],
  [/^meshbox join 10\.0\.0\.7$/, 'test/cluster/neighbour.test.ts'],
  [/^meshbox join .*--data-dir/, 'test/e2e/join.test.ts'],
  [/^meshbox join .*--token-file/, 'test/cluster/wire.test.ts'],
  [/^meshbox leave/, 'test/cluster/leave.test.ts'],
  [/^meshbox adopt/, 'test/systemd/adopt.test.ts'],
  [/^meshbox install( --config|$)/, 'test/packages/join.test.ts'],
  [/^meshbox uninstall/, 'test/binary/install.test.ts'],
  [/^meshbox config edit/, 'test/e2e/config.test.ts'],
  [/^meshbox rollout (pause|resume|abort)/, 'test/cluster/rollout.test.ts'],
  [/^meshbox maintenance on --node/, 'test/cluster/maintenance.test.ts'],
  [/^meshbox controllers (?!list)/, 'test/cluster/controllers.test.ts'],
  [/^meshbox agent/, 'test/e2e/join.test.ts'],
  [/^meshbox (backup|restore)/, 'test/cluster/backup.test.ts'],
  [/^meshbox support/, 'test/cluster/upgrade.test.ts'],
  [/^meshbox upgrade/, 'test/cluster/upgrade.test.ts'],
]

/** Whether another test runs it, which has to name the command. */
export function ranElsewhere(example: string): boolean {
  const [, test] = elsewhere.find(([words]) => words.test(example)) ?? []
  if (test === undefined) return false
  const [, name = ''] = example.split(' ')
  if (
    existsSync(join(root, test)) &&
    new RegExp(`['"\` ]${name}['"\` ]`).test(readFileSync(join(root, test), 'utf8'))
  )
    return true
  throw new Error(`${test} was to run: ${example}`)
}
