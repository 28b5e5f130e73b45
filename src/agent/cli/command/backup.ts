import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemClock } from '../../../clock.ts'
import { splitHostPort } from '../../../config/address.ts'
import { exitCode, MeshboxError, messageOf, misuse } from '../../../error.ts'
import type { BackupPart } from '../../api/backup.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import type { BackupStatus } from '../../backup/make.ts'
import { type Folders, foldersAt } from '../../local/folders.ts'
import type { ClusterStatus } from '../../status.ts'
import type { Run } from '../command.ts'
import type { Screen } from '../screen.ts'

const pollMs = 200

export const backup: Run = async (input, screen) => {
  const [file = ''] = input.args
  const folders = foldersAt(input.text('data-dir'))
  const node = input.text('node') ?? (await leaderElsewhere(folders))
  const client = agentClient(folders, node)
  const draft = `${file}.${process.pid}.part`
  // Before anything is made elsewhere that nobody can take.
  const target = openDraft(draft, file)
  try {
    if (node !== undefined) screen.note(`The masters are led on ${node}: it is made there.`)
    const made = await finished(client, screen)
    await fetchInto(target, made, client, screen)
    fsyncSync(target)
    renameSync(draft, file)
    syncFolder(dirname(file))
    await client.post('/v1/backup/forget', {})
    if (input.given('json')) screen.json({ file, ...made })
    else
      screen.print(`${file}: ${size(made.bytes)}, ${made.versions} versions of the document${registry(made)}`)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(target)
  }
  return exitCode.ok
}

type Done = BackupStatus & { state: 'done' }

const registry = (made: Done) =>
  made.registry ? ", and the masters' registry" : '; no master has a registry here'

/** The name of the machine whose mesos-master leads, when it is another than this one. */
async function leaderElsewhere(folders: Folders): Promise<string | undefined> {
  const { machines, others } = await agentClient(folders).get<ClusterStatus>('/v1/cluster')
  const leader = machines[0]?.dns.leader
  const host = leader === undefined ? undefined : splitHostPort(leader)?.host
  if (host === undefined || host === machines[0]?.address) return undefined
  return others.find(({ address }) => address === host)?.name
}

/** Has it made, and waits for it. @throws MeshboxError of the machine that makes it */
async function finished(client: AgentClient, screen: Screen): Promise<Done> {
  const { id } = await client.post<{ id: string }>('/v1/backup', {})
  let told = ''
  for (;;) {
    const status = await client.get<BackupStatus>('/v1/backup')
    if (status.state === 'none' || status.id !== id)
      throw new MeshboxError({
        code: 'backup-other',
        message: 'cannot back up: another backup was begun meanwhile',
        hint: 'wait until that is done',
      })
    if (status.state === 'done') return status
    if (status.state === 'failed') {
      const { code, title, hint } = status.error
      throw new MeshboxError({ code, message: title, hint })
    }
    if (status.step !== told) screen.note(`  ${status.step}`)
    told = status.step
    await systemClock.sleep(pollMs)
  }
}

async function fetchInto(target: number, made: Done, client: AgentClient, screen: Screen): Promise<void> {
  const hash = createHash('sha256')
  for (let at = 0; at < made.bytes; ) {
    const part = await client.post<BackupPart>('/v1/backup/part', { id: made.id, at })
    const data = Buffer.from(part.data, 'base64')
    if (data.length === 0) break
    for (let done = 0; done < data.length; ) done += writeSync(target, data, done)
    hash.update(data)
    at += data.length
    if (screen.live) screen.note(`  ${size(at)} of ${size(made.bytes)}`)
  }
  if (hash.digest('hex') === made.sha256) return
  throw new MeshboxError({
    code: 'backup-broken',
    message: 'cannot back up: what arrived is not what was sent',
    hint: 'try again',
  })
}

function openDraft(draft: string, file: string): number {
  try {
    // Nothing that lies there already is written to, in whosever folder it is.
    return openSync(draft, 'wx', 0o600)
  } catch (cause) {
    throw misuse(
      'backup-file',
      `cannot write ${file}: ${messageOf(cause)}`,
      'name a file in a folder that is there',
    )
  }
}

/** The new name is on disk too. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

function size(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 2 ** 10)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
