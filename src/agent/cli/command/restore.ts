import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../clock.ts'
import { openVault } from '../../../config/secret/vault.ts'
import { formatZkUrl, parseZkUrl, type ZkUrl } from '../../../config/zookeeper/url.ts'
import { exitCode, MeshboxError, misuse } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import { type Manifest, restoreFolder } from '../../backup/manifest.ts'
import { type Unpacked, unpack } from '../../backup/unpack.ts'
import { whoAnswers } from '../../bootstrap/answers.ts'
import { statusText } from '../../display/status.ts'
import { keptDataKey } from '../../key/data-key.ts'
import { ringToJoinWith } from '../../key/given.ts'
import { bytesOf } from '../../key/key.ts'
import { rememberRing } from '../../key/keyring.ts'
import { type Folders, foldersAt } from '../../local/folders.ts'
import { recallJoined, rememberRestored } from '../../local/joined.ts'
import { machineFacts, resolveServers } from '../../local/machine.ts'
import type { Joined } from '../../local/memory.ts'
import { preflight } from '../../preflight/preflight.ts'
import { isUnitWanted, startUnit } from '../../unit/systemd.ts'
import { startBackground } from '../background.ts'
import type { Input, Run } from '../command.ts'
import type { Screen } from '../screen.ts'
import { readSeconds } from '../seconds.ts'
import { typed } from '../typed.ts'
import { readAdvertised, readExpected, settledStatus } from './join.ts'

const defaultTimeoutSeconds = 120

export const restore: Run = async (input, screen) => {
  const [file = '', target] = input.args
  if (input.given('check')) return check(file, input, screen)
  const url = readUrl(target)
  const folders = foldersAt(input.text('data-dir'))
  const timeoutMs = readSeconds(input.text('timeout'), defaultTimeoutSeconds) * 1000
  refuseLife(folders)
  await checkUrl(url, input)
  const { ring, keys } = keysGiven(input, folders)
  refuseData(folders)
  await refuseLiving(url, keys)
  screen.note(`Reading ${file}`)
  const draft = `${restoreFolder(folders.state)}.${process.pid}`
  const unpacked = await unpack(file, draft, () => keys)
  try {
    await begin(unpacked)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw error
  }
  if (isUnitWanted(folders)) await startUnit()
  else await startBackground(folders)
  const status = await settledStatus(agentClient(folders), screen, timeoutMs)
  if (input.given('json')) screen.json(status)
  else screen.print(`\n${statusText(status, screen, Date.now())}\n\n${next(status.ready, url, folders)}`)
  return status.ready ? exitCode.ok : exitCode.failed

  async function begin({ head, manifest, sha256 }: Unpacked): Promise<void> {
    if (head.path !== url.path)
      throw misuse(
        'restore-path',
        `cannot restore to ${url.path}: the backup is of ${head.path}, where Mesos and Marathon find their data too`,
        `write zk://…${head.path}`,
      )
    const joined = wishes(input, url, { manifest, sha256 })
    await preflight(
      { ...joined, seed: documentOf(manifest) },
      { keys, clock: systemClock, note: screen.note },
    )
    // From here on the machine is one that restores, whatever happens to it.
    rmSync(restoreFolder(folders.state), { recursive: true, force: true })
    renameSync(draft, restoreFolder(folders.state))
    rememberRing(folders, keys.length === 0 ? ring : manifest.ring)
    if (manifest.dataKey) keptDataKey(folders).remember(Buffer.from(manifest.dataKey, 'base64'))
    rememberRestored(folders, joined, manifest.document)
    screen.note(`Restoring ${head.name} of ${head.when} to ${formatZkUrl(url)}, as ${joined.name}`)
  }
}

/** In the clear, for its ports are looked at before anything else. */
function documentOf({ document, dataKey }: Manifest): string {
  const kept = { recall: () => (dataKey ? Buffer.from(dataKey, 'base64') : undefined), remember() {} }
  return openVault(() => dataKey !== undefined, kept).open(document?.text ?? '')
}

/** Reads a backup through, and tells what is in it. */
async function check(file: string, input: Input, screen: Screen): Promise<0> {
  const folder = mkdtempSync(join(tmpdir(), 'meshbox-check-'))
  try {
    const { keys } = keysGiven(input, foldersAt(input.text('data-dir')))
    const { head, manifest, sha256 } = await unpack(file, folder, () => keys)
    const { document, versions, registry, cluster } = manifest
    if (input.given('json')) screen.json({ ...head, sha256, document: document?.version, versions, registry })
    else
      screen.print(
        [
          `cluster    ${head.name} (${head.cluster})${cluster.simulated ? ', simulated' : ''}`,
          `made       ${head.when}, by meshbox ${head.version}`,
          `ZooKeeper  path ${head.path}`,
          `document   version ${document?.version ?? 'none'}, ${versions} versions in the history`,
          `registry   ${registry ? 'of the masters' : 'none'}`,
          `sealed     ${head.keys.length > 0 ? `with the key ${head.keys.join(', ')}` : 'no: the cluster is open'}`,
        ].join('\n'),
      )
    return exitCode.ok
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readUrl(text: string | undefined): ZkUrl {
  if (text !== undefined) return parseZkUrl(text)
  throw misuse(
    'restore-url',
    'cannot restore: the ZooKeeper URL of the new cluster is missing',
    'meshbox restore FILE zk://10.0.0.1,10.0.0.2,10.0.0.3/mesos, on each of those machines; --check only reads the file',
  )
}

function keysGiven(input: Input, folders: Folders) {
  const joined = recallJoined(folders) !== undefined
  const ring = ringToJoinWith(input.text('key-file'), { folders, joined })
  return { ring, keys: ring.keys.map(bytesOf) }
}

/** @throws MeshboxError on a machine that has a life of its own */
function refuseLife(folders: Folders): void {
  const joined = recallJoined(folders)
  if (!joined) return
  throw new MeshboxError({
    code: 'restore-joined',
    message: `cannot restore: this machine belongs to ${formatZkUrl(parseZkUrl(joined.zkUrl))}`,
    hint: 'look at it with `meshbox status`; `meshbox leave --purge` gives it up, with all its data',
  })
}

/** @throws MeshboxError where data of a life before is in the way */
function refuseData(folders: Folders): void {
  const places = ['zookeeper/data/version-2', join('mesos-master/work', 'replicated_log')]
  const found = places.map((place) => join(folders.state, place)).find(existsSync)
  if (found === undefined) return
  throw new MeshboxError({
    code: 'restore-data',
    message: `cannot restore: this machine holds data already, in ${found}`,
    hint: 'remove it, if nobody needs it any more: meshbox leave --purge',
  })
}

/** @throws MeshboxError where a ZooKeeper lives at the URL, whoever has it */
async function refuseLiving(url: ZkUrl, keys: readonly Uint8Array[]): Promise<void> {
  const answering = await whoAnswers(url, keys, systemClock)
  if (!answering) return
  throw new MeshboxError({
    code: 'restore-living',
    message: `cannot restore: a ZooKeeper lives at ${formatZkUrl(url)}${answering.cluster ? ` (cluster ${answering.cluster.id})` : ''}`,
    hint: 'a backup is restored into an empty cluster only; nothing was changed',
  })
}

/** The machines of the URL have the data; the others join. @throws MeshboxError (exit 2) */
async function checkUrl(url: ZkUrl, input: Input): Promise<void> {
  const own = [...machineFacts().addresses, readAdvertised(input) ?? '']
  const servers = await resolveServers(url)
  if (servers.some(({ addresses }) => addresses.some((address) => own.includes(address)))) return
  throw misuse(
    'restore-worker',
    `cannot restore here: this machine is none of those in ${formatZkUrl(url)}`,
    'run it on each machine of the URL; the others `meshbox join` it',
  )
}

function wishes(
  input: Input,
  url: ZkUrl,
  { manifest, sha256 }: Pick<Unpacked, 'manifest' | 'sha256'>,
): Joined {
  const expect = readExpected(input, url.servers.length)
  const advertise = readAdvertised(input)
  const { cluster, highestServerId } = manifest
  return {
    zkUrl: formatZkUrl(url, 'show'),
    name: input.text('name') ?? hostname(),
    simulated: cluster.simulated,
    mode: 'joined',
    ...(expect === undefined ? {} : { expect }),
    ...(advertise === undefined ? {} : { advertise }),
    seed: '',
    restores: { backup: sha256, cluster: cluster.id, highestServerId },
  }
}

function next(ready: boolean, url: ZkUrl, { named }: Folders): string {
  return ready
    ? `Restored. Next: on each other machine, meshbox join ${formatZkUrl(url)}`
    : typed('Not ready yet. Follow it with `meshbox status`.', named)
}
