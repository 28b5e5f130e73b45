import { basename } from 'node:path'
import type { ServiceName } from '../../supervisor/service/spec.ts'

/** A flag as it was given; without a text where it is a switch. */
export type GivenFlag = { name: string; text?: string }

/** Which of our programs a command line is; undefined when it is something else. */
export function programOf(argv: string[]): ServiceName | undefined {
  const program = basename(argv[0] ?? '')
  if (program === 'mesos-master') return 'mesos-master'
  if (program === 'mesos-agent' || program === 'mesos-slave') return 'mesos-agent'
  if (program === 'marathon') return 'marathon'
  if (program !== 'java') return undefined
  if (
    argv.some((word) =>
      /^org\.apache\.zookeeper\.server\.(quorum\.QuorumPeerMain|ZooKeeperServerMain)$/.test(word),
    )
  )
    return 'zookeeper'
  return argv.includes('mesosphere.marathon.Main') ? 'marathon' : undefined
}

/** Mesos writes `--name=value`, `--name` and `--no-name`; Marathon `--name value` as well. What stands before is not a flag. */
export function flagsIn(argv: string[]): GivenFlag[] {
  return argv.flatMap((word, index) => {
    const [, name, text] = /^--([a-zA-Z0-9_-]+)(?:=([\s\S]*))?$/.exec(word) ?? []
    if (name === undefined) return []
    if (text !== undefined) return [{ name, text }]
    const next = argv[index + 1]
    return [next === undefined || next.startsWith('--') ? { name } : { name, text: next }]
  })
}

/** Flags that came through the environment: `MESOS_WORK_DIR=…`, `MARATHON_HTTP_PORT=…`. */
export function flagsAround(environment: string[], prefix: 'MESOS_' | 'MARATHON_'): GivenFlag[] {
  return environment.flatMap((line) => {
    const at = line.indexOf('=')
    const name = line.slice(0, at)
    // What Mesos itself puts there is not a flag.
    if (at < 0 || !name.startsWith(prefix) || /^MESOS_(NATIVE|SANDBOX|EXECUTOR)/.test(name)) return []
    return [{ name: name.slice(prefix.length).toLowerCase(), text: line.slice(at + 1) }]
  })
}
