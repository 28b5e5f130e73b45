import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import type { EnsembleServer } from '../../src/config/document/cluster.ts'
import { ensemblePath, readEnsemble, serverLine } from '../../src/config/zookeeper/ensemble.ts'
import { reconfigure } from '../../src/config/zookeeper/reconfig/send.ts'
import { openSession, type Session } from '../../src/config/zookeeper/session.ts'
import { fourLetters } from '../../src/config/zookeeper/words.ts'
import { silentLog } from '../../src/log.ts'
import { keepPlaces } from '../../src/supervisor/service/files.ts'
import { findServerList, isLeftOut, restoreServerList } from '../../src/supervisor/service/server-list.ts'
import { freePort, zooKeeperCommand } from './server.ts'

setDefaultTimeout(90_000)

const password = 'for this test alone'
const dir = mkdtempSync(join(tmpdir(), 'meshbox-reconfig-'))
const running = new Map<number, Bun.Subprocess>()
let session: Session
let servers: EnsembleServer[]

/** An empty disk never votes; the first server alone is told that empty is right. */
function start(id: number, list: EnsembleServer[]): void {
  const home = join(dir, `${id}`)
  mkdirSync(join(home, 'data'), { recursive: true })
  if (id === 1) writeFileSync(join(home, 'data/initialize'), '')
  writeFileSync(join(home, 'data/myid'), `${id}\n`)
  const lines = list.map((each) => serverLine(each, '127.0.0.1'))
  writeFileSync(join(home, 'list'), `${lines.join('\n')}\n`)
  writeFileSync(
    join(home, 'zoo.cfg'),
    `dataDir=${home}/data\ntickTime=500\ninitLimit=20\nsyncLimit=10\nadmin.enableServer=false\nstandaloneEnabled=false\nreconfigEnabled=true\ndynamicConfigFile=${home}/list\n4lw.commands.whitelist=srvr,mntr\n`,
  )
  run(id)
}

/** By the configuration that is there. */
function run(id: number): void {
  const [java = 'java', ...rest] = zooKeeperCommand(join(dir, `${id}`, 'zoo.cfg'))
  const digest = createHash('sha1').update(`super:${password}`).digest('base64')
  running.set(
    id,
    Bun.spawn(
      [
        ...[java, '-Dzookeeper.db.autocreate=false'],
        `-Dzookeeper.DigestAuthenticationProvider.superDigest=super:${digest}`,
        ...rest,
      ],
      { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
    ),
  )
}

const at = (id: number) => ({ host: '127.0.0.1', port: servers[id - 1]?.clientPort ?? 0 })
const list = async () => readEnsemble((await session.read(ensemblePath))?.data.toString() ?? '')
const outcome = (asked: Promise<unknown>) =>
  asked.then(
    () => 'changed',
    (error) => error.code,
  )

beforeAll(async () => {
  servers = await Promise.all(
    [1, 2, 3, 4].map(async (id) => ({
      ...{ id, host: '127.0.0.1', clientPort: await freePort() },
      ...{ quorumPort: await freePort(), electionPort: await freePort() },
    })),
  )
  start(1, servers.slice(0, 1))
  session = openSession({ servers: [at(1)], timeoutMs: 6000 }, systemClock, silentLog)
  const up = await until(systemClock, { everyMs: 100, timeoutMs: 30_000 }, () =>
    session.create('/kept', 'before').catch(() => undefined),
  )
  expect(up).toBe('/kept')
})

afterAll(async () => {
  await session.close()
  for (const child of running.values()) child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

/** Follows by the word of a client session of its own, with all that was written before. */
async function follows(id: number): Promise<void> {
  const own = openSession({ servers: [at(id)], timeoutMs: 6000 }, systemClock, silentLog)
  const node = await until(systemClock, { everyMs: 200, timeoutMs: 30_000 }, () =>
    own.read('/kept').catch(() => undefined),
  )
  await own.close()
  expect(node?.data.toString()).toBe('before')
}

/** The list, by the word of that server. */
async function toldBy(id: number): Promise<string> {
  const own = openSession({ servers: [at(id)], timeoutMs: 6000 }, systemClock, silentLog)
  const node = await own.read(ensemblePath)
  await own.close()
  return node?.data.toString() ?? ''
}

/** One that follows without a vote was told the list without itself: it does not start by that, but by the list with itself. */
async function comesBack(id: number, by: number): Promise<void> {
  const home = join(dir, `${id}`)
  const conf = join(home, 'zoo.cfg')
  running.get(id)?.kill('SIGKILL')
  await running.get(id)?.exited
  expect(isLeftOut(home, id)).toBe(true)
  run(id)
  expect(await running.get(id)?.exited).toBe(1)
  const own = serverLine(servers[id - 1] as EnsembleServer, '127.0.0.1')
  const now = await toldBy(by)
  expect(restoreServerList(home, now, id)).toBe(false)
  expect(restoreServerList(home, now, id, own)).toBe(true)
  writeFileSync(conf, keepPlaces(readFileSync(conf, 'utf8'), undefined, findServerList(home)))
  run(id)
  await follows(id)
  expect(readEnsemble(await toldBy(by)).servers.map(({ id }) => id)).not.toContain(id)
}

test('an ensemble grows from one to three in one step, keeps its data, and refuses what would harm it', async () => {
  const [first] = servers
  const joining = servers.slice(1, 3)
  const { version } = await list()
  expect(await outcome(reconfigure(at(1), password, { joining, leaving: [], version }))).toBe(
    'ensemble-unsynced',
  )
  for (const server of joining) start(server.id, [first as EnsembleServer, server])
  await Promise.all(joining.map(({ id }) => follows(id)))
  expect((await list()).servers.map(({ id }) => id)).toEqual([1])
  expect(await outcome(reconfigure(at(1), 'wrong', { joining, leaving: [], version }))).toBe(
    'ensemble-forbidden',
  )
  expect(await outcome(reconfigure(at(1), password, { joining, leaving: [], version: version + 1n }))).toBe(
    'ensemble-version',
  )
  const grown = await reconfigure(at(1), password, { joining, leaving: [], version })
  expect(grown.servers).toEqual(servers.slice(0, 3).map(({ id, host }) => ({ id, host, votes: true })))
  expect(await list()).toEqual(grown)
  expect(await outcome(reconfigure(at(1), password, { joining, leaving: [], version }))).toBe(
    'ensemble-version',
  )

  running.get(1)?.kill('SIGKILL')
  await Promise.all([2, 3].map(follows))
  start(4, [servers[1], servers[2], servers[3]] as EnsembleServer[])
  await follows(4)
  await comesBack(4, 2)
  const replaced = await reconfigure(at(2), password, {
    joining: servers.slice(3),
    leaving: [1],
    version: grown.version,
  })
  expect(replaced.servers.map(({ id }) => id)).toEqual([2, 3, 4])
  running.get(4)?.kill('SIGKILL')
  const shrunk = { joining: [], leaving: [3], version: replaced.version }
  // A leader that has not seen the fourth go yet would agree, and be without a quorum ever after.
  const seen = await until(systemClock, { everyMs: 100, timeoutMs: 20_000 }, async () => {
    const said = await Promise.all([2, 3].map((id) => fourLetters(at(id), 'mntr').catch(() => '')))
    return said.some((each) => /^zk_synced_followers\s+1$/m.test(each)) || undefined
  })
  expect(seen).toBe(true)
  expect(await outcome(reconfigure(at(2), password, shrunk))).toBe('ensemble-unsynced')
})
