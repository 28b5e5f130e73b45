import { lookup } from 'node:dns/promises'
import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { type Clock, until } from '../../clock.ts'
import { canonicalAddress } from '../../config/address.ts'
import { linesOf } from '../../config/import/zoo-cfg.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import { silentLog } from '../../log.ts'
import { zookeeperMain } from '../../supervisor/provider/find.ts'
import type { OldZooKeeper } from './ensemble.ts'
import type { FoundProgram } from './found.ts'

const sessionMs = 10_000

/** Looks at a ZooKeeper that runs here: at its zoo.cfg, and as a client at what its ensemble says of itself. */
export async function lookAtZooKeeper(program: FoundProgram, clock: Clock): Promise<OldZooKeeper> {
  const text = configOf(program)
  if (text === undefined) return { addresses: {} }
  const settings = new Map(linesOf(text))
  const seen = await askServer(
    settings.get('clientPortAddress') ?? '127.0.0.1',
    Number(settings.get('clientPort') ?? 2181),
    clock,
  )
  const hosts = `${text}\n${seen.config ?? ''}`.matchAll(/^server\.\d+=(?:\[([^\]]+)\]|([^:\s]+))/gm)
  const addresses = Object.fromEntries(
    await Promise.all(
      [...hosts].map(async ([, v6, v4]) => {
        const host = v6 ?? v4 ?? ''
        return [host, await addressesOf(host)] as const
      }),
    ),
  )
  const myid = join(settings.get('dataDir') ?? '', 'myid')
  return {
    text,
    ...(existsSync(myid) ? { myid: Number(readFileSync(myid, 'utf8')) } : {}),
    ...seen,
    addresses,
  }
}

/** It is started with the path of its zoo.cfg and nothing else. */
function configOf({ pid, argv }: FoundProgram): string | undefined {
  const [path, ...more] = argv.slice(argv.indexOf(zookeeperMain) + 1)
  if (!argv.includes(zookeeperMain) || path === undefined || more.length > 0) return undefined
  try {
    return readFileSync(isAbsolute(path) ? path : `/proc/${pid}/cwd/${path}`, 'utf8')
  } catch {
    return undefined
  }
}

/** By this very server, whoever else is in its ensemble. */
async function askServer(
  host: string,
  port: number,
  clock: Clock,
): Promise<Pick<OldZooKeeper, 'config' | 'problem'>> {
  const session = openSession({ servers: [{ host, port }] }, clock, silentLog)
  try {
    const up = await until(clock, { everyMs: 50, timeoutMs: sessionMs }, () =>
      session.state() === 'connected' ? true : undefined,
    )
    if (!up) return { problem: `no session at ${host}:${port}` }
    const node = await session.read('/zookeeper/config')
    return node ? { config: node.data.toString() } : {}
  } finally {
    await session.close()
  }
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true }).catch(() => [])
  return found.map(({ address }) => canonicalAddress(address) ?? address)
}
