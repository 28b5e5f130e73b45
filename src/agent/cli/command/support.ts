import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { openVault } from '../../../config/secret/vault.ts'
import { parseZkUrl } from '../../../config/zookeeper/url.ts'
import { exitCode, MeshboxError, messageOf, misuse } from '../../../error.ts'
import { writeFileAtomic } from '../../../store.ts'
import { agentClient } from '../../api/client.ts'
import type { Member } from '../../gossip/gossip.ts'
import { keptDataKey } from '../../key/data-key.ts'
import { recallRing } from '../../key/keyring.ts'
import { type Folders, foldersAt } from '../../local/folders.ts'
import { recallDocument, recallJoined } from '../../local/joined.ts'
import { type Collected, collect } from '../../support/collect.ts'
import { knownSecrets } from '../../support/secrets.ts'
import type { Run } from '../command.ts'
import type { Screen } from '../screen.ts'

export const support: Run = async (input, screen) => {
  const folders = foldersAt(input.text('data-dir'))
  const file =
    input.args[0] ?? `meshbox-support-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.tar.gz`
  if (!existsSync(dirname(file)))
    throw misuse('support-file', `cannot write ${file}: there is no folder ${dirname(file)}`, hint)
  const machines = await collectAll(folders, screen)
  const files = Object.fromEntries(
    Object.entries(machines).flatMap(([name, collected]) =>
      Object.entries(collected).map(([path, text]) => [within(`${name}/${path}`), text]),
    ),
  )
  const archive = new Bun.Archive(files, { compress: 'gzip' })
  try {
    writeFileAtomic(file, await archive.bytes(), 0o600)
  } catch (cause) {
    throw misuse('support-file', `cannot write ${file}: ${messageOf(cause)}`, hint)
  }
  const lacking = Object.keys(machines).filter((name) => machines[name]?.[unreached] !== undefined)
  if (input.given('json')) screen.json({ file, machines: Object.keys(machines), lacking })
  else {
    const whole = Object.keys(machines).length - lacking.length
    screen.print(`${file}: ${whole} of ${whole + lacking.length} machines, and no secret of any`)
    if (lacking.length > 0) screen.print(`not reached: ${lacking.join(', ')}; run it there too`)
  }
  return exitCode.ok
}

const hint = 'name a file in a folder that is there'

/** Another machine says what its files are called: none lies outside of the archive. */
const within = (path: string) =>
  path
    .split('/')
    .filter((part) => !/^\.*$/.test(part))
    .join('/')

/** In the place of the files of a machine that does not answer. */
const unreached = 'not-reached.txt'

async function collectAll(folders: Folders, screen: Screen): Promise<Record<string, Collected>> {
  const client = agentClient(folders)
  const own = recallJoined(folders)?.name ?? hostname()
  screen.note(`  ${own}`)
  try {
    const here = await client.get<Collected>('/v1/support')
    const members = await client.get<Member[]>('/v1/members')
    const names = members
      .filter(({ name, status }) => name !== own && status !== 'left')
      .map(({ name }) => name)
    const others = await Promise.all(names.map(async (name) => [name, await ofOther(folders, name, screen)]))
    return { [own]: here, ...Object.fromEntries(others) }
  } catch (error) {
    if (!(error instanceof MeshboxError) || error.code !== 'agent-not-running') throw error
    screen.note('  the agent does not run here: its files alone')
    return { [own]: await collect(folders, undefined, secretsAt(folders)) }
  }
}

/** By what is on its disk. */
function secretsAt(folders: Folders): string[] {
  const joined = recallJoined(folders)
  if (!joined) return []
  return knownSecrets({
    url: parseZkUrl(joined.zkUrl),
    keys: { ring: () => recallRing(folders) },
    vault: openVault(() => true, keptDataKey(folders)),
    documents: [joined.seed, recallDocument(folders) ?? ''],
  })
}

async function ofOther(folders: Folders, name: string, screen: Screen): Promise<Collected> {
  try {
    const found = await agentClient(folders, name).get<Collected>('/v1/support')
    screen.note(`  ${name}`)
    return found
  } catch (error) {
    screen.note(`  ${name}: ${messageOf(error)}`)
    return { [unreached]: `${messageOf(error)}\n` }
  }
}
