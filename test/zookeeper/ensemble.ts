import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers, freePort, spawnZooKeeper } from './server.ts'

/** Three real servers on loopback that elect a leader among them. */
export type TestEnsemble = {
  ports: number[]
  /** SIGKILL. */
  kill(index: number): Promise<void>
  start(index: number): void
  /** Whether the server takes clients. */
  serves(index: number): Promise<boolean>
  remove(): Promise<void>
}

export async function startEnsemble(): Promise<TestEnsemble> {
  const dir = mkdtempSync(join(tmpdir(), 'meshbox-ensemble-'))
  const ids = [1, 2, 3]
  const servers = await Promise.all(
    ids.map(async (id) => ({
      id,
      client: await freePort(),
      quorum: await freePort(),
      election: await freePort(),
    })),
  )
  const list = servers
    .map(({ id, quorum, election }) => `server.${id}=127.0.0.1:${quorum}:${election}\n`)
    .join('')
  for (const { id, client } of servers) {
    mkdirSync(join(dir, `${id}`, 'data'), { recursive: true })
    writeFileSync(join(dir, `${id}`, 'data/myid'), `${id}\n`)
    writeFileSync(
      join(dir, `${id}`, 'zoo.cfg'),
      `dataDir=${dir}/${id}/data\nclientPort=${client}\nclientPortAddress=127.0.0.1\ntickTime=500\ninitLimit=20\nsyncLimit=10\nadmin.enableServer=false\n${list}`,
    )
  }
  const running: (Bun.Subprocess | undefined)[] = []
  const start = (index: number) => {
    running[index] = spawnZooKeeper(join(dir, `${index + 1}`, 'zoo.cfg'))
  }
  const serves = (index: number) => answers(servers[index]?.client ?? 0)
  const kill = async (index: number) => {
    running[index]?.kill('SIGKILL')
    await running[index]?.exited
  }
  for (const index of servers.keys()) start(index)
  for (const index of servers.keys()) while (!(await serves(index))) await Bun.sleep(100)
  return {
    ports: servers.map(({ client }) => client),
    kill,
    start,
    serves,
    async remove() {
      for (const index of servers.keys()) await kill(index)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
