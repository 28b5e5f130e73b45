import { isOfMajor, precedes, upstream } from '../option/version.ts'
import type { Rule } from './rule.ts'

/**
 * An older mesos-agent works with a newer master, not the other way round, and within one major version only. Where the
 * document says both versions, it says none that would not work together.
 */
export const skew: Rule = ({ packages }) => {
  const [master, agent] = (['mesos-master', 'mesos-agent'] as const).map((name) => packages[name].version)
  if (master === undefined || agent === undefined) return []
  const [newest, own] = [upstream(master), upstream(agent)]
  const path = ['packages', 'mesos-agent', 'version']
  if (!isOfMajor(own, newest))
    return [
      { path, message: `must be of the same major version as mesos-master, ${newest}; write one of those` },
    ]
  if (!precedes(newest, own)) return []
  const message = `must not be newer than mesos-master, ${newest}; write that or an older one, or a newer one to packages.mesos-master.version`
  return [{ path, message }]
}
