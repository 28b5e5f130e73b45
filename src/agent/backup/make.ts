import { createHash, randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { splitHostPort } from '../../config/address.ts'
import { type Cluster, readCluster } from '../../config/document/cluster.ts'
import type { ClusterPaths } from '../../config/document/paths.ts'
import type { SharedDocument } from '../../config/document/shared.ts'
import type { Config } from '../../config/schema.ts'
import type { Vault } from '../../config/secret/vault.ts'
import { keyName } from '../../config/secret/wraps.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { writeFileAtomic } from '../../store.ts'
import { version } from '../../version.ts'
import type { Keys } from '../key/keyring.ts'
import type { Ensemble } from '../local/memory.ts'
import type { Text } from '../membership.ts'
import { frameBytes, openWriter } from './file.ts'
import { livePlaces, type Manifest, names } from './manifest.ts'
import { copyReplicatedLog } from './registry.ts'
import { copyTransactions } from './transactions.ts'

export type BackupStatus =
  | { state: 'none' }
  | { state: 'working'; id: string; step: string; bytes: number }
  | { state: 'failed'; id: string; error: { code: string; title: string; hint?: string } }
  | { state: 'done'; id: string; bytes: number; sha256: string; versions: number; registry: boolean }

/** Backups of the cluster, made on this machine, one at a time. */
export type Backups = {
  /** Begins one, in place of the one before. @throws MeshboxError when it cannot be made here */
  begin(): { id: string }
  status(): BackupStatus
  /** The bytes of a finished one from there on, as many as `partBytes`; none at its end. @throws MeshboxError */
  part(id: string, at: number): Uint8Array
  /** It is where it belongs: nothing of it is kept here. */
  forget(): void
}

/** What fits into a letter between two machines, in base64. */
const partBytes = 4 * 2 ** 20
const patienceMs = 20_000
/** The list of its own servers that ZooKeeper keeps. */
const ensemblePath = '/zookeeper/config'

export function openBackups(deps: {
  state: string
  session: Session
  paths: ClusterPaths
  path: string
  document: Pick<SharedDocument, 'history'>
  membership: { newest(): Text | undefined; effective(): { config: Config } }
  place: { ensemble(): Ensemble }
  /** host:port of the leading master. */
  leader: () => string | undefined
  /** Of this machine. */
  address: string
  keys: Pick<Keys, 'ring' | 'bytes'>
  vault: Pick<Vault, 'dataKey'>
  name: string
  clock: Clock
  log: Log
}): Backups {
  const { state, session, paths, keys, clock, log } = deps
  const config = () => deps.membership.effective().config
  const folder = join(state, 'backup')
  let status: BackupStatus = { state: 'none' }

  function check(): void {
    if (deps.place.ensemble().kind !== 'managed')
      throw new MeshboxError({
        code: 'backup-elsewhere',
        message: 'cannot back up here: this machine runs no ZooKeeper of the cluster',
        hint: 'run it on a controller; a ZooKeeper that is not meshbox’s is backed up by its own means',
      })
    const leader = deps.leader()
    if (leader === undefined && existsSync(livePlaces(state, config()).registry))
      throw new MeshboxError({
        code: 'backup-leaderless',
        message: 'cannot back up: no mesos-master leads, and so nobody knows that its registry is whole',
        hint: '`meshbox status` tells what is wrong with the masters',
      })
    if (leader !== undefined && splitHostPort(leader)?.host !== deps.address)
      throw new MeshboxError({
        code: 'backup-follower',
        message: `cannot back up here: the masters' registry is whole where they are led, at ${leader}`,
        hint: 'run it there, or without --node in a cluster with a key',
      })
  }

  async function make(id: string): Promise<void> {
    const cluster = await readCluster(session, paths.cluster)
    if (!cluster) throw new Error('the cluster is not written down in ZooKeeper')
    const live = livePlaces(state, config())
    const staging = join(folder, 'content')
    mkdirSync(staging, { recursive: true, mode: 0o700 })
    const step = (text: string) => {
      status = { state: 'working', id, step: text, bytes: 0 }
    }
    step('the data of ZooKeeper')
    await session.ensure(`${paths.root}/backup`)
    await session.write(
      `${paths.root}/backup`,
      JSON.stringify({ id, by: deps.name, when: new Date(clock.now()).toISOString() }),
    )
    const to = { data: join(staging, names.data), log: join(staging, names.log) }
    await copyTransactions(live, to, { mark: id, clock, timeoutMs: patienceMs })
    step("the masters' registry")
    const registry = existsSync(live.registry)
    if (registry) {
      const target = join(staging, names.registry)
      await copyReplicatedLog(live.registry, target, { clock, timeoutMs: patienceMs })
    }
    step('the document')
    const manifest = await describe(cluster, registry)
    writeFileAtomic(join(staging, names.manifest), JSON.stringify(manifest), 0o600)
    step('the archive')
    const { bytes, sha256 } = await pack(id, staging, cluster)
    rmSync(staging, { recursive: true })
    status = { state: 'done', id, bytes, sha256, versions: manifest.versions, registry }
    log.info({ id, bytes, registry }, 'a backup was made')
  }

  async function describe(cluster: Cluster, registry: boolean): Promise<Manifest> {
    const history = await deps.document.history()
    writeFileAtomic(join(folder, 'content', names.history), JSON.stringify(history, null, 1), 0o600)
    const list = (await session.read(ensemblePath))?.data.toString() ?? ''
    const used = (cluster.nextId ?? 1) - 1
    const running = [...list.matchAll(/^server\.(\d+)=/gm)].map(([, id]) => Number(id))
    const newest = deps.membership.newest()
    const dataKey = deps.vault.dataKey()
    return {
      cluster,
      highestServerId: Math.max(used, ...running, ...(cluster.servers ?? []).map(({ id }) => id)),
      ...(newest ? { document: { text: newest.text, version: newest.version } } : {}),
      versions: history.length,
      registry,
      ring: keys.ring(),
      ...(dataKey ? { dataKey: Buffer.from(dataKey).toString('base64') } : {}),
    }
  }

  /** tar packs, for every system of ours has it, and what it has made can be looked into by everybody. */
  async function pack(id: string, staging: string, cluster: Cluster) {
    const [key] = keys.bytes()
    const writer = openWriter(
      {
        cluster: cluster.id,
        name: config().name,
        path: deps.path,
        when: new Date(clock.now()).toISOString(),
        version,
        keys: key ? [keyName(key)] : [],
      },
      key,
    )
    const hash = createHash('sha256')
    const file = openSync(fileOf(id), 'w', 0o600)
    let bytes = 0
    const put = (data: Uint8Array) => {
      for (let done = 0; done < data.length; ) done += writeSync(file, data, done)
      hash.update(data)
      bytes += data.length
      status = { state: 'working', id, step: 'the archive', bytes }
    }
    try {
      put(writer.start())
      const tar = Bun.spawn(['tar', '--create', '--gzip', '--directory', staging, '.'], {
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      })
      let rest = Buffer.alloc(0)
      for await (const chunk of tar.stdout) {
        rest = Buffer.concat([rest, chunk])
        for (; rest.length > frameBytes; rest = rest.subarray(frameBytes))
          put(writer.frame(rest.subarray(0, frameBytes), false))
      }
      if ((await tar.exited) !== 0) throw new Error(`tar: ${await new Response(tar.stderr).text()}`)
      put(writer.frame(rest, true))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    return { bytes, sha256: hash.digest('hex') }
  }

  const fileOf = (id: string) => join(folder, `${id}.backup`)
  const clear = () => rmSync(folder, { recursive: true, force: true })
  // What an agent before this one has not brought to its end.
  clear()

  return {
    begin() {
      check()
      if (status.state === 'working')
        throw new MeshboxError({
          code: 'backup-running',
          message: 'cannot begin a backup: one is being made on this machine',
          hint: 'wait until it is done',
        })
      const id = randomUUID()
      status = { state: 'working', id, step: 'the data of ZooKeeper', bytes: 0 }
      clear()
      make(id).catch((error) => {
        const { code, hint } =
          error instanceof MeshboxError ? error : { code: 'backup-failed', hint: undefined }
        status = { state: 'failed', id, error: { code, title: messageOf(error), ...(hint ? { hint } : {}) } }
        log.error({ error: messageOf(error) }, 'no backup could be made')
        clear()
      })
      return { id }
    },
    status: () => status,
    part(id, at) {
      if (status.state !== 'done' || status.id !== id)
        throw new MeshboxError({
          code: 'backup-unknown',
          message: `cannot read the backup ${id}: it is gone`,
        })
      const buffer = Buffer.alloc(Math.min(partBytes, Math.max(0, status.bytes - at)))
      const file = openSync(fileOf(id), 'r')
      try {
        return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, at))
      } finally {
        closeSync(file)
      }
    },
    forget() {
      if (status.state === 'working') return
      status = { state: 'none' }
      clear()
    },
  }
}
