import { existsSync } from 'node:fs'
import type { ServiceName } from '../service/spec.ts'

/** What was found on this machine: the command line of each program that is installed. */
export type Found = Partial<Record<ServiceName, string[]>>

const places = [
  '/usr/sbin',
  '/usr/bin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/opt/mesos/sbin',
  '/opt/marathon/bin',
]
/**
 * Debian's package. The jar's manifest names the rest but for the logging. A wildcard would do harm: the folder holds
 * every logging back end there is, and the silent one wins.
 */
const jars = '/usr/share/java'
const zookeeperJar = `${jars}/zookeeper.jar`
const classPath = [zookeeperJar, `${jars}/slf4j-log4j12.jar`, `${jars}/log4j-1.2.jar`].join(':')
export const zookeeperMain = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'

/** Looks at the usual places and on the PATH for the programs that are installed. */
export function findPrograms(): Found {
  const java = findJava()
  const found: Found = {}
  if (java && existsSync(zookeeperJar)) {
    found.zookeeper = [java, '-cp', classPath, zookeeperMain]
  }
  const master = which('mesos-master')
  if (master) found['mesos-master'] = [master]
  const agent = which('mesos-agent') ?? which('mesos-slave')
  if (agent) found['mesos-agent'] = [agent]
  const docker = which('dockerd')
  if (docker) found.docker = [docker]
  const marathon = which('marathon')
  if (marathon) found.marathon = [marathon]
  return found
}

export function findJava(): string | undefined {
  return which('java')
}

/** What of ZooKeeper's is missing, in words; undefined when it can run. */
export function zookeeperLacks(): 'java' | 'zookeeper' | undefined {
  if (!findJava()) return 'java'
  return existsSync(zookeeperJar) ? undefined : 'zookeeper'
}

/** The usual places first: another PATH at the next start must not mean another java, and a restart of ZooKeeper. */
function which(name: string): string | undefined {
  return Bun.which(name, { PATH: places.join(':') }) ?? Bun.which(name) ?? undefined
}
