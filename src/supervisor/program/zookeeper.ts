import { join } from 'node:path'
import type { EnsembleServer } from '../../config/document/cluster.ts'
import { toldIn } from '../../config/option/values.ts'
import { type Config, zookeeperSchema } from '../../config/schema.ts'
import { serverLine } from '../../config/zookeeper/ensemble.ts'
import { formatServer } from '../../config/zookeeper/url.ts'
import type { Provided } from '../provider/choose.ts'
import type { ServiceSpec } from '../service/spec.ts'
import { commonSpec, listenAddress } from './defaults.ts'
import type { PlanInput } from './input.ts'

/** So many times as long as a start may take a server may get nothing done. */
const patience = 3
const superProperty = 'zookeeper.DigestAuthenticationProvider.superDigest'

/**
 * ZooKeeper as an ensemble that can grow: even one server runs with a server list of its own in a dynamic file, so
 * that reconfiguration works later. An empty disk never votes (`autocreate=false`); only at its birth a server is told
 * that empty is right (the file `initialize`).
 */
export function zookeeperSpec(input: PlanInput, { provider, command }: Provided): ServiceSpec {
  const { config, machine, zk, birth } = input
  if (!birth) throw new Error('the ZooKeeper of the URL is not ours to run')
  const common = commonSpec('zookeeper', input)
  const conf = join(common.cwd, 'conf')
  const data = join(common.cwd, 'data')
  const listen = listenAddress(input)
  const dynamic = join(conf, 'zoo.cfg.dynamic')
  const { parameters, properties } = told(config.zookeeper)
  // As long it may take to find its leader and to get the data from it.
  const startMs = config.zookeeper.tickTime * config.zookeeper.initLimit
  const own = { host: listen ?? machine.inner ?? machine.ip, port: birth.clientPort }
  return {
    ...common,
    argv: [
      ...command.slice(0, 1),
      `-Xmx${config.zookeeper.heap}m`,
      '-XX:+ExitOnOutOfMemoryError',
      ...properties,
      '-Dzookeeper.db.autocreate=false',
      ...(birth.superDigest ? [`-D${superProperty}=${birth.superDigest}`] : []),
      `-Dlog4j.configuration=file:${join(conf, 'log4j.properties')}`,
      `-Dlogback.configurationFile=${join(conf, 'logback.xml')}`,
      ...command.slice(1),
      join(conf, 'zoo.cfg'),
    ],
    env: {},
    files: [
      {
        path: join(conf, 'zoo.cfg'),
        // Passwords of keys may stand in it.
        mode: 0o600,
        write: 'zoo.cfg',
        content: lines({
          ...parameters,
          dataDir: data,
          standaloneEnabled: false,
          reconfigEnabled: true,
          // Its own address in the list is none that it could listen on.
          ...(machine.inner ? { quorumListenOnAllIPs: true } : {}),
          ...config.zookeeper.extraParameters,
          dynamicConfigFile: dynamic,
        }),
      },
      {
        path: dynamic,
        mode: 0o644,
        write: 'server-list',
        content: serverList(birth.servers, listen !== undefined),
      },
      { path: join(conf, 'log4j.properties'), mode: 0o644, write: 'replace', content: lines(log4j) },
      { path: join(conf, 'logback.xml'), mode: 0o644, write: 'replace', content: logback },
      { path: join(data, 'myid'), mode: 0o644, write: 'once', content: `${birth.serverId}\n` },
      ...(birth.founder
        ? [{ path: join(data, 'initialize'), mode: 0o644, write: 'birth' as const, content: '' }]
        : []),
    ],
    needs: [],
    startMs,
    address: formatServer(own),
    provider,
    simulated: false,
    probe: {
      kind: 'zookeeper',
      server: own,
      dataDir: data,
      zooCfg: join(conf, 'zoo.cfg'),
      patienceMs: patience * startMs,
      ...(common.limits.user === undefined ? {} : { user: common.limits.user }),
      ...(zk.auth ? { auth: zk.auth } : {}),
    },
  }
}

/**
 * The list of an ensemble as ZooKeeper reads it.
 * @param closed takes clients on the addresses of the list alone, as on loopback; else on all
 */
export function serverList(servers: EnsembleServer[], closed: boolean): string {
  return servers.map((server) => `${serverLine(server, closed ? server.host : undefined)}\n`).join('')
}

/** The server list has the ports, and ZooKeeper owns it; Java itself takes its memory. */
const elsewhere = new Set(['clientPort', 'quorumPort', 'electionPort', 'heap', 'extraParameters'])

/** What is set of ZooKeeper: lines of zoo.cfg, and properties for the command line of Java. */
function told(settings: Config['zookeeper']): { parameters: Record<string, string>; properties: string[] } {
  const set = toldIn(zookeeperSchema, settings).filter(({ name }) => !elsewhere.has(name))
  const isProperty = ({ flag }: { flag: string }) => flag.startsWith('-D')
  return {
    parameters: Object.fromEntries(
      set.filter((each) => !isProperty(each)).map(({ flag, text }) => [flag, text]),
    ),
    properties: set.filter(isProperty).map(({ flag, text }) => `${flag}=${text}`),
  }
}

/** To its standard output, which goes to our log file. */
const log4j = {
  'log4j.rootLogger': 'INFO, OUT',
  'log4j.appender.OUT': 'org.apache.log4j.ConsoleAppender',
  'log4j.appender.OUT.layout': 'org.apache.log4j.PatternLayout',
  'log4j.appender.OUT.layout.ConversionPattern': '%d{ISO8601} %-5p [%t:%C{1}@%L] %m%n',
}

/** The same for the logging that ZooKeeper's own archives bring. */
const logback = `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{ISO8601} %-5p [%t:%C{1}@%L] %m%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
`

function lines(values: Record<string, string | number | boolean>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}
