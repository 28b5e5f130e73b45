import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { joinHostPort } from '../../../config/address.ts'
import { type Address, isLoopback } from '../address.ts'
import { type Gate, openGate, readCredentials } from '../authentication.ts'
import { type Flags, flagsLine } from '../flags/mesos.ts'
import type { Glog } from '../glog.ts'
import { boxed } from '../start.ts'
import { strerror } from '../strerror.ts'
import { readZkFlag, type ZkFlag } from '../zookeeper.ts'
import { openReplica, type ReplicaDisk, replicaInMemory } from './log/disk.ts'

export type Prepared = {
  disk: ReplicaDisk
  zk: Exclude<ZkFlag, { kind: 'no-scheme' | 'no-path' }> | undefined
}

/** The checks of main.cpp, in its order. @throws StartFailure */
export function prepare(flags: Flags, glog: Glog): Prepared {
  glog.info('main.cpp:345', `Using '${flags.get('allocator')}' allocator`)
  const registry = flags.get('registry')
  if (registry !== 'in_memory' && registry !== 'replicated_log')
    throw glog.exit('main.cpp:443', `'${registry}' is not a supported option for registry persistence`)
  const workDir = registry === 'replicated_log' ? makeWorkDir(flags, glog) : undefined
  const text = flags.get('zk')
  const zk = text === undefined ? undefined : readZkFlag(text)
  if (zk?.kind === 'no-scheme')
    throw glog.exit(
      'main.cpp:381',
      "Error parsing ZooKeeper URL: Expecting 'zk://' at the beginning of the URL",
    )
  const disk = workDir === undefined ? replicaInMemory() : openReplica(join(workDir, 'replicated_log'))
  if (typeof disk === 'string') throw glog.exit('replica.cpp:774', `Failed to recover the log: ${disk}`)
  if (zk?.kind === 'no-path')
    throw glog.exit(
      'main.cpp:425',
      "Failed to create a master contender: Expecting a (chroot) path for ZooKeeper ('/' is not supported)",
    )
  return { disk, zk }
}

function makeWorkDir(flags: Flags, glog: Glog): string {
  const workDir = flags.get('work_dir')
  if (workDir === undefined)
    throw glog.exit('main.cpp:360', '--work_dir needed for replicated log based registry')
  try {
    mkdirSync(workDir, { recursive: true })
  } catch (error) {
    // A file in its place shows when the log is opened.
    if (strerror(error) !== 'File exists')
      throw glog.exit('main.cpp:366', `Failed to create work directory '${workDir}': ${strerror(error)}`)
  }
  if (flags.has('zk') && !flags.has('quorum'))
    throw glog.exit(
      'main.cpp:374',
      'Need to specify --quorum for replicated log based registry when using ZooKeeper',
    )
  return workDir
}

/** The first lines of Master::initialize, and its checks. @throws StartFailure */
export function announce(id: string, address: Address, flags: Flags, glog: Glog): { gate: Gate } {
  const { hostname, ip, port } = address
  glog.info('master.cpp:448', `Master ${id} (${hostname}) started on ${joinHostPort(ip, port)}`)
  glog.info('master.cpp:451', flagsLine(flags))
  if (isLoopback(ip)) {
    const advice = "You might want to set '--ip' flag to a routable IP address."
    glog.warning(
      'master.cpp:454',
      boxed(
        `Master bound to loopback interface! Cannot communicate with remote schedulers or agents. ${advice}`,
      ),
    )
  }
  glog.info('master.cpp:502', 'Master allowing unauthenticated frameworks to register')
  glog.info('master.cpp:508', 'Master allowing unauthenticated agents to register')
  glog.info('master.cpp:515', 'Master allowing HTTP frameworks to register without authentication')
  const gate = gateOf(flags, glog)
  const weights = flags.get('weights')?.split(',') ?? []
  const bad = weights.find((pair) => !/^[^=]+=\d+(\.\d+)?$/.test(pair))
  if (bad !== undefined)
    throw glog.exit(
      'master.cpp:729',
      `Invalid weight: '${bad}'. --weights should be of the form 'role=weight,role=weight'`,
    )
  return { gate }
}

function gateOf(flags: Flags, glog: Glog): Gate {
  const credentials = readCredentials(flags, 'credentials', glog, 'master.cpp:525')
  glog.info('master.cpp:556', `Using default '${flags.get('authenticators')}' authenticator`)
  if (!credentials) {
    glog.warning('authenticator.cpp:513', 'No credentials provided, authentication requests will be refused')
    glog.info('authenticator.cpp:520', 'Initializing server SASL')
  }
  return openGate('master', flags, credentials, (why) => glog.exit('master.cpp:602', why))
}
