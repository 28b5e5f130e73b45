import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { foldersAt } from '../../src/agent/local/folders.ts'
import { storePath } from '../../src/agent/local/joined.ts'
import { openMemory } from '../../src/agent/local/memory.ts'
import { systemClock, until } from '../../src/clock.ts'
import { openStore } from '../../src/store.ts'
import { openRecords } from '../../src/supervisor/process/records.ts'
import { takeOver } from '../../src/supervisor/process/takeover.ts'
import { serverList } from '../../src/supervisor/program/zookeeper.ts'
import { zooKeeperCommand } from '../zookeeper/server.ts'
import type { Machine } from './cluster.ts'

/**
 * Has the ZooKeepers of these machines run as those that somebody else has started and meshbox has adopted: by a list in
 * zoo.cfg that was never changed, and with reconfiguration forbidden. Their agents are not running then.
 */
export async function runAsFound(servers: Machine[]): Promise<void> {
  for (const machine of servers) {
    const services = (await machine.status())?.machines[0]?.services ?? []
    await machine.killAgent()
    process.kill(services.find(({ name }) => name === 'zookeeper')?.pid ?? 0, 'SIGKILL')
  }
  const pids = servers.map((machine) => start(machine, servers))
  for (const [at, machine] of servers.entries()) {
    const asks = `exec 3<>/dev/tcp/${machine.address}/2181; echo srvr >&3; timeout 1 cat <&3`
    const serves = await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () =>
      (await machine.run('bash', '-c', asks)).out.includes('Mode:') ? true : undefined,
    )
    if (!serves) throw new Error(`the ZooKeeper of ${machine.name} does not serve by its own list`)
    takeIt(machine, servers, pids[at] ?? 0)
  }
}

function start(machine: Machine, servers: Machine[]): number {
  const config = join(machine.dataDir, 'found.cfg')
  const lines = [
    ...['tickTime=500', 'initLimit=20', 'syncLimit=10', 'maxSessionTimeout=4000', 'clientPort=2181'],
    ...[`dataDir=${machine.dataDir}/state/zookeeper/data`, 'admin.enableServer=false'],
    ...servers.map(({ address }, at) => `server.${at + 1}=${address}:2888:3888`),
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  const child = Bun.spawn(machine.inside(zooKeeperCommand(config)), {
    ...{ stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
    detached: true,
  })
  child.unref()
  return child.pid
}

/** What `meshbox adopt` leaves on the disk. */
function takeIt(machine: Machine, servers: Machine[], pid: number): void {
  const conf = join(machine.dataDir, 'state/zookeeper/conf')
  rmSync(conf, { recursive: true })
  const list = servers.map(({ address: host }, at) => ({ id: at + 1, host, ...ports }))
  mkdirSync(conf)
  writeFileSync(join(conf, 'zoo.cfg.dynamic'), serverList(list, false))
  const store = openStore(storePath(foldersAt(machine.dataDir)))
  try {
    takeOver('zookeeper', pid, openRecords(store))
    openMemory(store).remember('takenOver', { programs: [{ name: 'zookeeper', pid }], units: [], links: [] })
  } finally {
    store.close()
  }
}

const ports = { clientPort: 2181, quorumPort: 2888, electionPort: 3888 }
