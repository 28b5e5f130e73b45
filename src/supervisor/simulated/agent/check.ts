import { existsSync, mkdirSync, readlinkSync, statfsSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { joinHostPort } from '../../../config/address.ts'
import { type Address, isLoopback } from '../address.ts'
import { type Attribute, parseAttributes } from '../attributes.ts'
import { type Gate, openGate, readCredentials } from '../authentication.ts'
import { type Flags, flagsLine, isOn } from '../flags/mesos.ts'
import type { Glog } from '../glog.ts'
import { formatResources, full, parseResources, type Resource } from '../resources.ts'
import { boxed } from '../start.ts'
import { strerror } from '../strerror.ts'
import { readZkFlag, type ZkFlag } from '../zookeeper.ts'

/** What main.cpp refuses before it says who it is. @throws StartFailure */
export function checkChoices(flags: Flags, glog: Glog): void {
  if (!flags.has('master') && !flags.has('master_detector'))
    throw glog.exit('main.cpp:473', 'Missing required option `--master` or `--master_detector`')
  if (flags.has('master') && flags.has('master_detector'))
    throw glog.exit('main.cpp:478', 'Only one of `--master` or `--master_detector` should be specified')
  if (flags.has('ip') && flags.has('ip_discovery_command'))
    throw glog.exit('main.cpp:484', 'Only one of `--ip` or `--ip_discovery_command` should be specified')
}

/** What the original looks at before it counts on systemd. */
export type SystemdFacts = { root: boolean; initIsSystemd: boolean; runs: (directory: string) => boolean }

/** Root on a machine made for systemd, on which systemd does not run: the original refuses its default there. */
export function checkSystemd(flags: Flags, glog: Glog, facts: SystemdFacts = thisMachine): void {
  const directory = flags.get('systemd_runtime_directory') ?? ''
  if (!isOn(flags, 'systemd_enable_support') || !facts.root || !facts.initIsSystemd || facts.runs(directory))
    return
  throw glog.exit(
    'main.cpp:677',
    `Failed to initialize systemd: Failed to locate systemd runtime directory: ${directory}`,
  )
}

const thisMachine: SystemdFacts = {
  root: process.getuid?.() === 0,
  get initIsSystemd() {
    try {
      return readlinkSync('/sbin/init').includes('systemd')
    } catch {
      return false
    }
  },
  runs: existsSync,
}

const isolators = new Set(
  (
    'posix/cpu posix/mem disk/du disk/xfs filesystem/posix filesystem/linux filesystem/shared filesystem/windows ' +
    'posix/rlimits cgroups/cpu cgroups/mem cgroups/devices cgroups/blkio cgroups/cpuset cgroups/hugetlb ' +
    'cgroups/net_cls cgroups/net_prio cgroups/perf_event cgroups/pids cgroups/all docker/runtime docker/volume ' +
    'environment_secret gpu/nvidia linux/capabilities linux/devices linux/nnp linux/seccomp namespaces/ipc ' +
    'namespaces/pid network/cni network/port_mapping network/ports volume/host_path volume/image volume/secret ' +
    'volume/sandbox_path volume/csi appc/runtime windows/cpu windows/mem'
  ).split(' '),
)

/** The checks of the containerizer, in its order. @throws StartFailure */
export function checkContainerizer(flags: Flags, glog: Glog): void {
  glog.info('resolver.cpp:69', 'Creating default secret resolver')
  const refuse = (why: string) => glog.exit('main.cpp:790', `Failed to create a containerizer: ${why}`)
  const chosen = (flags.get('containerizers') ?? '').split(',')
  const unknown = chosen.find((name) => name !== 'mesos' && name !== 'docker')
  if (unknown !== undefined) throw refuse(`Unknown or unsupported containerizer: ${unknown}`)
  if (!chosen.includes('mesos')) return
  const refuseMesos = (why: string) => refuse(`Could not create MesosContainerizer: ${why}`)
  const wanted = (flags.get('isolation') ?? '').split(',').filter((name) => name !== '')
  const using = new Set(['environment_secret', 'network/cni', 'filesystem/posix', ...wanted])
  glog.info('containerizer.cpp:325', `Using isolation { ${[...using].join(', ')} }`)
  const launcher = flags.get('launcher')
  if (launcher !== 'posix' && launcher !== 'linux')
    throw refuseMesos(`Failed to create launcher: Unknown or unsupported launcher: ${launcher}`)
  const root = join(workDirOf(flags), 'provisioner')
  try {
    mkdirSync(root, { recursive: true })
  } catch (error) {
    const why = strerror(error) === 'File exists' ? 'Not a directory' : strerror(error)
    throw refuseMesos(
      `Failed to create provisioner: Failed to create provisioner root directory '${root}': ${why}`,
    )
  }
  glog.info('provisioner.cpp:294', "Using default backend 'overlay'")
  const bad = wanted.find((name) => !isolators.has(name))
  if (bad !== undefined) throw refuseMesos(`Unknown or unsupported isolator '${bad}'`)
}

export const workDirOf = (flags: Flags): string => resolve(flags.get('work_dir') ?? '')

export type MasterFlag = Extract<ZkFlag, { kind: 'url' | 'unusable' }> | { kind: 'fixed'; host: string }

/** Reads `--master`: a ZooKeeper URL or host:port. @throws StartFailure */
export function readMasterFlag(flags: Flags, glog: Glog): MasterFlag {
  const text = (flags.get('master') ?? '').trim()
  const refuse = (why: string) => glog.exit('main.cpp:800', `Failed to create a master detector: ${why}`)
  const zk = readZkFlag(text)
  if (zk.kind === 'no-path') throw refuse("Expecting a (chroot) path for ZooKeeper ('/' is not supported)")
  if (zk.kind !== 'no-scheme') return zk
  const host = text.replace(/^master@/, '')
  if (!/^[^:@/]+:\d{1,5}$/.test(host)) throw refuse(`Failed to parse '${text}'`)
  return { kind: 'fixed', host }
}

/** The first lines of Slave::initialize, and its checks. @throws StartFailure */
export function announce(
  address: Address,
  flags: Flags,
  glog: Glog,
): { gate: Gate; resources: Resource[]; attributes: Attribute[] } {
  glog.info('slave.cpp:283', `Mesos agent started on (1)@${joinHostPort(address.ip, address.port)}`)
  glog.info('slave.cpp:284', flagsLine(flags))
  if (isLoopback(address.ip)) {
    const advice = "You might want to set '--ip' flag to a routable IP address."
    glog.warning(
      'slave.cpp:287',
      boxed(`Agent bound to loopback interface! Cannot communicate with remote master(s). ${advice}`),
    )
  }
  glog.info('disk_profile_adaptor.cpp:78', 'Creating default disk profile adaptor module')
  const credentials = readCredentials(flags, 'http_credentials', glog, 'slave.cpp:329')
  const gate = openGate('agent', flags, credentials, (why) => glog.exit('slave.cpp:401', why))
  const given = parseResources(flags.get('resources') ?? '', flags.get('default_role') ?? '*')
  if (typeof given === 'string')
    throw glog.exit('slave.cpp:493', `Failed to determine agent resources: ${given}`)
  const resources = withDetected(given, workDirOf(flags))
  const attributes = parseAttributes(flags.get('attributes') ?? '')
  if (typeof attributes === 'string')
    throw glog.fatal('attributes.cpp:168', `Invalid attribute key:value pair '${attributes}'`)
  glog.info('slave.cpp:631', `Agent resources: ${JSON.stringify(full(resources, {}))}`)
  glog.info('slave.cpp:639', `Agent attributes: [ ${attributes.map(({ name }) => name).join('; ')} ]`)
  glog.info('slave.cpp:648', `Agent hostname: ${address.hostname}`)
  glog.info('simulated', `It has ${formatResources(resources)}`)
  return { gate, resources, attributes }
}

const mb = 2 ** 20

/** What the flag leaves out is what the machine has, less a share for the system. */
function withDetected(given: Resource[], workDir: string): Resource[] {
  const has = (name: string) => given.some((each) => each.name === name)
  const spare = (total: number, kept: number) => Math.floor(total > 2 * kept ? total - kept : total / 2)
  const detected: Resource[] = []
  const add = (name: string, value: Resource['value']) => {
    if (!has(name)) detected.push({ name, role: '*', value })
  }
  add('cpus', cpus().length)
  add('mem', spare(totalmem() / mb, 1024))
  add('disk', spare(diskMb(workDir), 5 * 1024))
  add('ports', [{ begin: 31000, end: 32000 }])
  return [...given, ...detected]
}

function diskMb(dir: string): number {
  try {
    const { blocks, bsize } = statfsSync(dir)
    return (blocks * bsize) / mb
  } catch {
    return 0
  }
}
