import { hostname } from 'node:os'
import { systemClock, until } from '../../../clock.ts'
import { effectiveConfig } from '../../../config/document/effective.ts'
import { parseDocumentText } from '../../../config/document/parse.ts'
import type { Config } from '../../../config/schema.ts'
import { exitCode, misuse } from '../../../error.ts'
import { silentLog } from '../../../log.ts'
import { openStore } from '../../../store.ts'
import { serviceNames } from '../../../supervisor/provider/choose.ts'
import { openPackages, type PackageStatus } from '../../../supervisor/provider/packages.ts'
import { agentClient } from '../../api/client.ts'
import { packagesText } from '../../display/packages.ts'
import { type Folders, foldersAt } from '../../local/folders.ts'
import { recallJoined, storePath } from '../../local/joined.ts'
import { lockFolder } from '../../local/lock.ts'
import { machineFacts } from '../../local/machine.ts'
import { ownFacts } from '../../node-facts.ts'
import type { Input, Run } from '../command.ts'
import { readDocument } from '../files.ts'
import type { Screen } from '../screen.ts'

const pollMs = 200
const longestMs = 3_600_000

export const install: Run = async (input, screen) => {
  const folders = foldersAt(input.text('data-dir'))
  const packages = recallJoined(folders)
    ? await byAgent(input, folders, screen)
    : await byHand(input, folders, screen)
  if (input.given('json')) screen.json(packages)
  else screen.print(packagesText(packages, screen))
  const bad = packages.some(({ state }) => state === 'failed' || state === 'missing')
  return bad && !input.given('plan') ? exitCode.failed : exitCode.ok
}

/** The agent of a machine that has joined fetches by itself what the document says; here one can wait for it. */
async function byAgent(input: Input, folders: Folders, screen: Screen): Promise<PackageStatus[]> {
  if (input.text('config') !== undefined)
    throw misuse(
      'install-config',
      'cannot use --config: this machine has joined, and its document says what comes from where',
      'meshbox config set packages.marathon.provider=apt',
    )
  const ask = () => agentClient(folders, input.text('node')).get<PackageStatus[]>('/v1/packages')
  return input.given('plan') ? ask() : settled(ask, screen)
}

/** Before a join: what the file says, or the defaults. */
async function byHand(input: Input, folders: Folders, screen: Screen): Promise<PackageStatus[]> {
  const { packages: wishes, docker } = await readConfig(input, screen)
  const plan = input.given('plan')
  const unlock = plan ? () => {} : lockFolder(folders.state)
  const store = openStore(plan ? ':memory:' : storePath(folders))
  const packages = openPackages({
    folder: `${folders.state}/packages`,
    store,
    ...machineFacts(),
    clock: systemClock,
    log: silentLog,
    random: Math.random,
    onChange() {},
  })
  try {
    packages.look(
      serviceNames.filter((name) => name !== 'docker' || docker.install),
      wishes,
    )
    if (plan) return packages.status()
    packages.fetch()
    return await settled(async () => packages.status(), screen)
  } finally {
    await packages.close()
    store.close()
    unlock()
  }
}

async function readConfig(input: Input, screen: Screen): Promise<Config> {
  const file = input.text('config')
  const text = file === undefined ? '' : await readDocument(file, screen)
  const document = parseDocumentText(text, file ?? 'the defaults')
  return effectiveConfig(document, ownFacts(hostname(), '127.0.0.1', true)).config
}

/** Waits until each is there, or cannot be had; tells what is being done. */
async function settled(ask: () => Promise<PackageStatus[]>, screen: Screen): Promise<PackageStatus[]> {
  const shown = new Map<string, string>()
  const found = await until(systemClock, { everyMs: pollMs, timeoutMs: longestMs }, async () => {
    const packages = await ask()
    for (const { name, state, reason } of packages) {
      const text = state === 'installing' && reason ? reason : state
      if (shown.get(name) === text) continue
      shown.set(name, text)
      screen.note(`  ${name.padEnd(13)} ${text}`)
    }
    return packages.some(({ state }) => state === 'installing' || state === 'waiting') ? undefined : packages
  })
  return found ?? ask()
}
