import { parse } from 'yaml'
import { isSettings, type Settings } from '../document/layers.ts'
import { readValue } from '../document/option.ts'
import { type Finding, type Options, taken } from './finding.ts'
import { flagFinding, type Program, placeOf } from './flag.ts'
import { quorumFinding } from './quorum.ts'

type Meaning =
  | { kind: 'flag'; program: Program; name: string }
  | { kind: 'option'; path: string[] }
  | { kind: 'none'; why: string }

const flag = (program: Program, name: string): Meaning => ({ kind: 'flag', program, name })
const option = (...path: string[]): Meaning => ({ kind: 'option', path })
const none = (why: string): Meaning => ({ kind: 'none', why })

const masterFlags = [
  ...['allocation_interval', 'allocator', 'authenticate', 'authenticate_slaves', 'cluster', 'credentials'],
  ...['framework_sorter', 'hooks', 'hostname', 'log_dir', 'logbufsecs', 'logging_level', 'quiet', 'port'],
  ...[
    'recovery_slave_removal_limit',
    'registry',
    'registry_fetch_timeout',
    'registry_store_timeout',
    'roles',
  ],
  ...[
    'resource_monitoring_interval',
    'root_submissions',
    'slave_reregister_timeout',
    'user_sorter',
    'weights',
  ],
  ...['zk_session_timeout', 'work_dir'],
]
const agentFlags = [
  ...[
    'hostname',
    'attributes',
    'containerizers',
    'executor_registration_timeout',
    'credential',
    'default_role',
  ],
  ...['isolation', 'logging_level', 'resource_monitoring_interval', 'resources'],
]

/** What each option of the charm "mesos-master" means. */
const meanings: Record<string, Meaning> = {
  ...Object.fromEntries(masterFlags.map((name) => [name, flag('mesos-master', name)])),
  ...Object.fromEntries(agentFlags.map((name) => [`slave_${name}`, flag('mesos-agent', name)])),
  'mesos-dns': option('dns', 'dnsOn'),
  'mesos-slave': none('every machine runs mesos-agent'),
  install_docker: option('docker', 'install'),
  /** Read from a charm it follows from the controllers again. */
  quorum: option('mesos', 'master', 'quorum'),
  zookeeper: none('join with it: `meshbox join zk://…`'),
  cluster: option('name'),
  marathon_port: option('marathon', 'http_port'),
  zookeeper_port: option('zookeeper', 'clientPort'),
  zookeeper_tickTime: option('zookeeper', 'tickTime'),
  zookeeper_initLimit: option('zookeeper', 'initLimit'),
  zookeeper_syncLimit: option('zookeeper', 'syncLimit'),
  zookeeper_dataDir: none('meshbox keeps the data of ZooKeeper in its own folder'),
  dns_refreshSeconds: option('dns', 'refreshSeconds'),
  dns_ttl: option('dns', 'ttl'),
  dns_domain: option('dns', 'domain'),
  dns_port: option('dns', 'port'),
  dns_timeout: option('dns', 'timeout'),
  dns_httpon: option('dns', 'httpOn'),
  /** Misspelt there, without any effect. */
  dns_dsnon: option('dns', 'dnsOn'),
  dns_httpport: option('dns', 'httpPort'),
  dns_externalon: option('dns', 'externalOn'),
  dns_listener: option('dns', 'listener'),
  dns_SOAMname: option('dns', 'soaMname'),
  dns_SOARname: option('dns', 'soaRname'),
  dns_SOARefresh: option('dns', 'soaRefresh'),
  dns_SOARetry: option('dns', 'soaRetry'),
  dns_SOAExpire: option('dns', 'soaExpire'),
  dns_SOAMinttl: option('dns', 'soaMinttl'),
}

export const charmOptions = Object.keys(meanings)

/** Where an option of the charm stands in the document, or why it has no place; undefined for what is none of its. */
export function charmPlace(name: string): { path: string[] } | { why: string } | undefined {
  const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined
  if (meaning?.kind === 'flag') return placeOf(meaning.program, meaning.name)
  return meaning?.kind === 'none' ? { why: meaning.why } : meaning && { path: meaning.path }
}

/** What the charm called an option. */
export function charmNames(path: readonly string[]): string[] {
  return charmOptions.filter((name) => {
    const place = charmPlace(name)
    return place !== undefined && 'path' in place && place.path.join('.') === path.join('.')
  })
}

/** `juju get`, the charm's config.yaml, or a file for `juju deploy --config`; undefined when it is none of them. */
export function charmSettings(text: string): Settings | undefined {
  const document: unknown = parse(text)
  if (!isSettings(document)) return undefined
  const inner = [document.settings, document.options].find(isSettings)
  if (inner) {
    const key = document.settings === inner ? 'value' : 'default'
    return known(
      Object.fromEntries(
        Object.entries(inner).map(([name, about]) => [name, isSettings(about) ? about[key] : about]),
      ),
    )
  }
  const applications = Object.values(document)
  return known(document) ?? (applications.length === 1 ? known(applications[0]) : undefined)
}

/** Only what has more of the charm's names than others. */
function known(settings: unknown): Settings | undefined {
  if (!isSettings(settings)) return undefined
  const names = Object.keys(settings)
  const ours = names.filter((name) => Object.hasOwn(meanings, name))
  return ours.length * 2 > names.length ? settings : undefined
}

/** What becomes of the options of the charm. */
export function fromCharm(settings: Settings, options: Options): Finding[] {
  const swapped = settings.dns_SOAMname === 'root.ns1.mesos' && settings.dns_SOARname === 'ns1.mesos'
  return Object.entries(settings).flatMap(([name, value]): Finding[] => {
    if (value === '' || value === null || value === undefined) return [] // not set, to the charm
    if (swapped && name === 'dns_SOAMname')
      return [
        taken(name, ['dns', 'soaMname'], 'ns1.mesos', 'the defaults of the charm had it the wrong way round'),
      ]
    if (swapped && name === 'dns_SOARname')
      return [
        taken(
          name,
          ['dns', 'soaRname'],
          'root.ns1.mesos',
          'the defaults of the charm had it the wrong way round',
        ),
      ]
    if (name === 'quorum') return [quorumFinding(name, Number(value), settings.zookeeper)]
    return [findingOf(name, value, options)]
  })
}

function findingOf(name: string, value: unknown, options: Options): Finding {
  const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined
  if (!meaning) return { kind: 'left', from: name, why: 'the charm has no such option' }
  if (meaning.kind === 'none') return { kind: 'left', from: name, why: meaning.why }
  if (meaning.kind === 'flag') return flagFinding(meaning.program, meaning.name, String(value), name, options)
  return taken(name, meaning.path, readValue(meaning.path, String(value)))
}
