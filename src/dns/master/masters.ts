import { canonicalAddress, joinHostPort } from '../../config/address.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import type { Log } from '../../log.ts'
import { isObject, member } from '../state/json.ts'

/** The masters to ask, leader first; the first place is empty while none leads. */
export type Masters = { list(): string[]; stop(): void }

/** Masters that are listed in the configuration. */
export function listedMasters(masters: string[]): Masters {
  return { list: () => masters, stop: () => {} }
}

const candidate = /^json\.info_(\d+)$/

/**
 * The candidates among the children of Mesos's znode, in the order of their sequence numbers: the first one leads
 * (SPEC section 3.2).
 */
export function candidates(children: string[]): string[] {
  return children
    .map((name) => ({ name, number: BigInt(candidate.exec(name)?.[1] ?? -1) }))
    .filter(({ number }) => number >= 0n)
    .sort((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : 0))
    .map(({ name }) => name)
}

/** `IP:PORT` of a candidate's JSON; undefined when it tells none. */
export function masterAddress(data: string): string | undefined {
  const info: unknown = parseJson(data)
  if (!isObject(info)) return undefined
  const address = member(info, 'address')
  const { ip, port } = isObject(address)
    ? { ip: member(address, 'ip'), port: member(address, 'port') }
    : { ip: member(info, 'ip'), port: member(info, 'port') }
  const host =
    typeof ip === 'number' ? dottedQuad(ip) : typeof ip === 'string' ? canonicalAddress(ip) : undefined
  if (host === undefined || typeof port !== 'number' || port < 1 || port > 65535) return undefined
  return joinHostPort(host, port)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Mesos writes the address as a number in host order, which is little-endian where it runs. */
function dottedQuad(ip: number): string {
  return [ip & 255, (ip >>> 8) & 255, (ip >>> 16) & 255, ip >>> 24].join('.')
}

/** Follows Mesos's election in ZooKeeper; `onChange` is called when the list is another one. */
export function electedMasters(
  { session, path, masters: first = [] }: { session: Session; path: string; masters?: string[] },
  log: Log,
  onChange: () => void,
): Masters {
  let masters = ['', ...first]
  let turn = 0

  async function see(children: string[] | undefined): Promise<void> {
    const mine = ++turn
    const names = candidates(children ?? [])
    const nodes = await Promise.all(names.map((name) => session.read(`${path}/${name}`)))
    if (mine !== turn) return
    const found = nodes.map((node) => (node ? masterAddress(node.data.toString()) : undefined))
    const next = found.some((address) => address !== undefined)
      ? [...new Set([found[0] ?? '', ...found.filter((address) => address !== undefined)])]
      : ['', ...masters.slice(1).filter((address) => address !== masters[0])]
    if (JSON.stringify(next) === JSON.stringify(masters)) return
    masters = next
    log.info({ masters }, 'masters in ZooKeeper')
    onChange()
  }

  const stop = session.followChildren(path, (children) => {
    see(children).catch((error) => log.warn({ error: String(error) }, 'cannot read the masters in ZooKeeper'))
  })
  return { list: () => masters, stop }
}
