import {
  type Gossip,
  type GossipEvent,
  type GossipOptions,
  startGossip,
} from '../../src/agent/gossip/gossip.ts'
import { systemClock } from '../../src/clock.ts'
import { silentLog } from '../../src/log.ts'
import { freePort } from '../zookeeper/server.ts'

/** A real `serf agent`, for one test file. */
export type Serf = {
  name: string
  /** host:port of its gossip. */
  address: string
  members(): Promise<{ name: string; status: string; tags: Record<string, string>; addr: string }[]>
  status(name: string): Promise<string | undefined>
  /** Runs a command of serf against it; gives what it printed, errors included. */
  run(...words: string[]): Promise<string>
  /** The exit code, once it has ended. */
  exited: Promise<number>
  kill(): Promise<void>
}

type SerfOptions = { host?: string; key?: string; tags?: Record<string, string> }
type Started = { kill(): Promise<void> }[]

async function startSerf(started: Started, name: string, options: SerfOptions = {}): Promise<Serf> {
  const host = options.host ?? '127.0.0.1'
  const shown = host.includes(':') ? `[${host}]` : host
  const [port, rpc] = [await freePort(), await freePort()]
  const child = Bun.spawn(
    [
      'serf',
      'agent',
      '-profile=local',
      `-bind=${shown}:${port}`,
      `-rpc-addr=127.0.0.1:${rpc}`,
      `-node=${name}`,
      ...Object.entries(options.tags ?? {}).flatMap(([key, value]) => ['-tag', `${key}=${value}`]),
      ...(options.key ? [`-encrypt=${options.key}`] : []),
    ],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
  )
  const serf: Serf = {
    name,
    address: `${shown}:${port}`,
    exited: child.exited,
    async members() {
      const text = await serf.run('members', '-format=json')
      try {
        return (JSON.parse(text) as { members: Awaited<ReturnType<Serf['members']>> }).members
      } catch {
        return []
      }
    },
    status: async (of) => (await serf.members()).find((each) => each.name === of)?.status,
    async run(verb, ...words) {
      const command = Bun.spawn(['serf', verb, `-rpc-addr=127.0.0.1:${rpc}`, ...words], {
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      })
      return (await new Response(command.stdout).text()) + (await new Response(command.stderr).text())
    },
    async kill() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
  started.push(serf)
  if (!(await soon(async () => (await serf.members()).length > 0))) throw new Error('serf does not start')
  return serf
}

export type Ours = Gossip & {
  events: GossipEvent[]
  saved: string[][]
  at: string
  status(name: string): string | undefined
}

async function startOurs(
  started: Started,
  name: string,
  options: Partial<GossipOptions> = {},
): Promise<Ours> {
  const events: GossipEvent[] = []
  const saved: string[][] = []
  const gossip = await startGossip({
    ...{ name, bind: '127.0.0.1', port: 0, tags: {}, profile: 'local', clock: systemClock, log: silentLog },
    onEvent: (event) => events.push(event),
    onKeys: (keys) => saved.push(keys),
    secure: (socket) => void socket.destroy(),
    ...options,
  })
  started.push({ kill: gossip.close })
  const { host, port } = gossip.address
  return {
    ...gossip,
    ...{ events, saved, at: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` },
    status: (of) => gossip.members().find((member) => member.name === of)?.status,
  }
}

/** What a test starts ends with it. */
export type Starters = {
  startSerf(name: string, options?: SerfOptions): Promise<Serf>
  startOurs(name: string, options?: Partial<GossipOptions>): Promise<Ours>
}

/** A test with members of its own; several may run at the same time. */
export function inMesh<T extends unknown[]>(run: (starters: Starters, ...row: T) => Promise<void>) {
  return async (...row: T): Promise<void> => {
    const started: Started = []
    try {
      const starters: Starters = {
        startSerf: (name, options) => startSerf(started, name, options),
        startOurs: (name, options) => startOurs(started, name, options),
      }
      await run(starters, ...row)
    } finally {
      for (const each of started) await each.kill()
    }
  }
}

/** Whether it becomes true within so many seconds. */
export async function soon(check: () => Promise<boolean> | boolean, seconds = 20): Promise<boolean> {
  for (let i = 0; i < seconds * 20; i++) {
    if (await check()) return true
    await Bun.sleep(50)
  }
  return check()
}

export const newKey = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')
