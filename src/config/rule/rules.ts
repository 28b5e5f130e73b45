import type { Config } from '../schema.ts'
import { certificate } from './api.ts'
import { polledTtl } from './dns.ts'
import { extra } from './extra.ts'
import { authentication, marathonLogin, ownCredentials, quorum, together, weights } from './mesos.ts'
import { ports } from './ports.ts'
import type { Rule, Subject, Violation } from './rule.ts'
import { skew } from './skew.ts'
import { version } from './version.ts'
import { zookeeper } from './zookeeper.ts'

/** All rules across options, in the order in which they are told. */
const rules: Rule[] = [
  extra,
  version,
  skew,
  ports,
  certificate,
  zookeeper,
  quorum,
  weights,
  authentication,
  ownCredentials,
  marathonLogin,
  together,
  polledTtl,
]

/** What of a valid configuration breaks a rule on such a machine. */
export function violationsIn(config: Config, subject: Subject): Violation[] {
  return rules.flatMap((rule) => rule(config, subject))
}
