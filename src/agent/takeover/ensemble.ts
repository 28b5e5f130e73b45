import type { Cluster } from '../../config/document/cluster.ts'
import { optionIn, readValue } from '../../config/document/option.ts'
import { type Finding, taken } from '../../config/import/finding.ts'
import { fromZooCfg, linesOf } from '../../config/import/zoo-cfg.ts'
import { optionsIn } from '../../config/option/walk.ts'
import { zookeeperSchema } from '../../config/schema.ts'
import type { ResolvedServer } from '../local/machine.ts'
import type { FoundProgram } from './found.ts'

type EnsembleServer = NonNullable<Cluster['servers']>[number]

/** What can be seen of a ZooKeeper that somebody else has started. */
export type OldZooKeeper = {
  /** Of its zoo.cfg; undefined where it was started without one. */
  text?: string
  myid?: number
  /** What the ensemble says of itself in /zookeeper/config, empty where a server stands alone; undefined before 3.5. */
  config?: string
  /** Why none of its clients is served. */
  problem?: string
  /** By the names of its list: addresses, the canonical one first. */
  addresses: Record<string, string[]>
}

/** What it stands in. */
type Around = {
  /** The servers of the ZooKeeper URL. */
  url: ResolvedServer[]
  /** This machine's addresses. */
  own: string[]
  memMb: number
  /** The cluster that is there already, if any. */
  there: Cluster | undefined
  /** What is not installed of what it would be started again with. */
  lacks: string | undefined
}

export type EnsemblePlan =
  | {
      kind: 'taken'
      /** As a birth would have it. */
      servers: EnsembleServer[]
      own: EnsembleServer
      /** Of its list, as ZooKeeper counts it: hexadecimal, 0 where it has never been changed. */
      version: string
      dataDir: string
      findings: Finding[]
    }
  | { kind: 'left'; why: string }

/**
 * How a running ZooKeeper becomes meshbox's own. There is no birth to agree upon: the ensemble is one already, by its own
 * quorum, and its list and ids become the record. Where that list is not the one of the URL, or meshbox could not start this
 * server again exactly as it is, it stays with its unit: a server with another list than its peers is how data is lost.
 */
export function planEnsemble(
  { argv, leads }: Pick<FoundProgram, 'argv' | 'leads'>,
  old: OldZooKeeper,
  { url, own, memMb, there, lacks }: Around,
): EnsemblePlan {
  const left = (why: string): EnsemblePlan => ({
    kind: 'left',
    why: `it stays with its unit, as a ZooKeeper that meshbox does not manage: ${why}`,
  })
  if (!leads) return left('it leads no session: it was not started by a service manager')
  if (old.text === undefined) return left('its zoo.cfg cannot be read')
  if (lacks !== undefined) return left(`${lacks}, by which it would be started again, is not installed`)
  if (old.problem !== undefined) return left(`it serves no clients now (${old.problem})`)
  if (old.config === undefined)
    return left('it is older than 3.5, and its list cannot be changed while it runs')
  const settings = new Map(linesOf(old.text))
  const dataDir = settings.get('dataDir')
  if (dataDir === undefined) return left('its zoo.cfg names no dataDir')
  const unlike = [...settings.keys()].find((key) => /^(group|weight)\./.test(key))
  if (unlike) return left(`${unlike} gives its servers different weights`)
  const listens = settings.get('clientPortAddress') ?? /^server\.\d+=.*;(.+):\d+$/m.exec(old.config)?.[1]
  if (listens !== undefined && !/^(127\..*|0\.0\.0\.0|\[?[0:]+1?\]?)$/.test(listens))
    return left(`it takes clients on ${listens} alone, and meshbox would let it take them on every address`)
  const properties = propertiesIn(argv)
  const strange = properties.find(({ option }) => option === undefined)
  if (strange) return left(`it runs with -D${strange.name}, for which there is no option`)

  const servers = serversOf(old, settings, url, own)
  if (typeof servers === 'string') return left(servers)
  const mine = servers.filter(({ host }) => own.includes(host))
  const [me] = mine
  if (!me || mine.length > 1) return left('this machine does not stand in its list exactly once')
  if (old.myid !== undefined && old.myid !== me.id)
    return left(`its myid is ${old.myid}, and its list has ${me.host} as ${me.id}`)
  if (there && !there.servers) return left('this cluster was begun with it as somebody else’s')
  if (there?.servers && !sameServers(there.servers, servers))
    return left('this cluster was begun with other servers')
  return {
    kind: 'taken',
    servers,
    own: me,
    version: /^version=([0-9a-f]+)$/m.exec(old.config)?.[1] ?? '0',
    dataDir,
    findings: [
      ...fromZooCfg(old.text).filter(({ from }) => from !== 'dataDir'),
      ...properties.flatMap(findingOf),
      heapOf(argv, memMb),
    ],
  }
}

/** The servers by id, or why they cannot be told. */
function serversOf(
  { config = '', myid, addresses }: OldZooKeeper,
  settings: Map<string, string>,
  url: ResolvedServer[],
  own: string[],
): EnsembleServer[] | string {
  const clientPort = Number(settings.get('clientPort') ?? Number.NaN)
  const written = config.includes('server.') ? linesOf(config) : [...settings]
  const lines = written.filter(([key]) => key.startsWith('server.'))
  const read = lines.map(([key, value]) => readServer(Number(key.slice('server.'.length)), value, clientPort))
  if (lines.length === 0) {
    const [only] = url
    const host = only?.addresses.find((address) => own.includes(address))
    if (url.length > 1 || host === undefined)
      return `it stands alone, and the URL names ${url.length > 1 ? `${url.length} servers` : 'another machine'}`
    read.push({ id: myid ?? 1, host, clientPort, quorumPort: 2888, electionPort: 3888 })
  }
  const servers: EnsembleServer[] = []
  for (const server of read) {
    if (typeof server === 'string') return server
    const host = (addresses[server.host] ?? [server.host]).find((address) =>
      url.some((each) => each.addresses.includes(address) && each.port === server.clientPort),
    )
    if (host === undefined) return `its server ${server.host}:${server.clientPort} is not in the URL`
    servers.push({ ...server, host })
  }
  const missing = url.find((each) => !servers.some(({ host }) => each.addresses.includes(host)))
  if (missing) return `${missing.host}:${missing.port} of the URL is none of its servers`
  return servers.toSorted((a, b) => a.id - b.id)
}

/** `host:2888:3888[:participant][;[address:]2181]`; a text is why not. */
function readServer(id: number, value: string, usualPort: number): EnsembleServer | string {
  const [, v6, v4, quorum, election, role = 'participant', client] =
    /^(?:\[([^\]]+)\]|([^:]+)):(\d+):(\d+)(?::(\w+))?(?:;(?:.*:)?(\d+))?$/.exec(value) ?? []
  const host = v6 ?? v4
  if (host === undefined || !Number.isInteger(id)) return `server.${id}=${value} in its list cannot be read`
  if (role !== 'participant') return `server.${id} in its list has no vote`
  const clientPort = Number(client ?? usualPort)
  return { id, host, clientPort, quorumPort: Number(quorum), electionPort: Number(election) }
}

/** Whatever their order. */
export function sameServers(a: EnsembleServer[], b: EnsembleServer[]): boolean {
  const sorted = (servers: EnsembleServer[]) => servers.toSorted((x, y) => x.id - y.id)
  return Bun.deepEquals(sorted(a), sorted(b))
}

type Property = { name: string; value: string; option: string[] | undefined }

/** Of logging and remote management, which meshbox does its own way; they change nothing for clients or data. */
const harmless =
  /^(log4j|logback|zookeeper\.log|zookeeper\.root\.logger|com\.sun\.management|java\.net\.preferIPv)/

/** What ZooKeeper is told on the command line of Java. */
function propertiesIn(argv: string[]): Property[] {
  return argv.flatMap((word) => {
    const [, name, value = ''] = /^-D([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined || harmless.test(name)) return []
    const byFlag = optionsIn(zookeeperSchema).find(({ facts }) => facts.flag === `-D${name}`)
    const option = byFlag
      ? ['zookeeper', ...byFlag.path]
      : optionIn(['zookeeper'], name.replace(/^zookeeper\./, ''))
    return [{ name, value, option }]
  })
}

function findingOf({ name, value, option }: Property): Finding[] {
  return option ? [taken(`-D${name}`, option, readValue(option, value))] : []
}

/** Its data must fit in again. Java takes a quarter of the machine where it is not told (java(1), -Xmx). */
function heapOf(argv: string[], memMb: number): Finding {
  const [word, number, unit = ''] =
    argv.flatMap((word) => [/^-Xmx(\d+)([kmgKMG]?)$/.exec(word) ?? []]).find(([found]) => found) ?? []
  const path = ['zookeeper', 'heap']
  if (word === undefined) return taken('no -Xmx', path, Math.max(512, Math.floor(memMb / 4)))
  const bytes =
    Number(number) * { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[unit.toLowerCase() as '' | 'k' | 'm' | 'g']
  return taken(word, path, Math.max(64, Math.ceil(bytes / 2 ** 20)))
}
