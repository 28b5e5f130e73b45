import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real, standalone ZooKeeper of Debian's package on a free loopback port, for one test file. */
export type TestServer = {
  port: number
  /** SIGKILL, without a chance to say goodbye. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Until it does nothing more. */
  pause(): Promise<void>
  resume(): void
  /** Ends it and removes its data. */
  remove(): Promise<void>
}

export async function startZooKeeper({ tickTime = 500 } = {}): Promise<TestServer> {
  const port = await freePort()
  const dir = mkdtempSync(join(tmpdir(), 'meshbox-zk-'))
  writeFileSync(
    join(dir, 'zoo.cfg'),
    `dataDir=${dir}/data\nclientPort=${port}\nclientPortAddress=127.0.0.1\ntickTime=${tickTime}\nadmin.enableServer=false\n`,
  )
  let process_: Bun.Subprocess | undefined

  async function start() {
    process_ = spawnZooKeeper(join(dir, 'zoo.cfg'))
    while (!(await answers(port))) {
      if (process_.exitCode !== null) throw new Error(`ZooKeeper ended with ${process_.exitCode}`)
      await Bun.sleep(50)
    }
  }

  async function kill() {
    process_?.kill('SIGCONT')
    process_?.kill('SIGKILL')
    await process_?.exited
  }

  /** Its threads stop one after the other, and the last ones may answer meanwhile. */
  async function pause() {
    process_?.kill('SIGSTOP')
    while (process_ && !isStopped(process_.pid)) await Bun.sleep(5)
  }

  await start()
  return {
    port,
    start,
    kill,
    pause,
    resume: () => process_?.kill('SIGCONT'),
    async remove() {
      await kill()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function isStopped(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((thread) =>
    /^State:\tT/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')),
  )
}

/** Debian's ZooKeeper with the given zoo.cfg. */
export function spawnZooKeeper(config: string): Bun.Subprocess {
  return Bun.spawn(zooKeeperCommand(config), { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' })
}

export function zooKeeperCommand(config: string): string[] {
  const classes = '/usr/share/java/zookeeper.jar:/usr/share/java/*'
  return ['java', '-Xmx128m', '-cp', classes, 'org.apache.zookeeper.server.quorum.QuorumPeerMain', config]
}

/** `srvr` names a mode only once clients are taken. */
export async function answers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let text = ''
  try {
    await Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: {
        open: (socket) => void socket.write('srvr'),
        data: (_, bytes) => {
          text += bytes.toString()
        },
        close: () => resolve(text.includes('Mode:')),
        error: () => resolve(false),
      },
    })
  } catch {
    return false
  }
  return Promise.race([promise, Bun.sleep(answerMs).then(() => false)])
}

/** A server that is only just starting may take a connection and never say a word on it. */
const answerMs = 2000

/**
 * A port that was free a moment ago. Below the range from which the kernel takes ports for outgoing connections
 * (ip(7): from 32768), or one of those would have it before the program that is to listen there.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
