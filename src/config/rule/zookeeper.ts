import type { Rule, Violation } from './rule.ts'

const at = (name: string) => ['zookeeper', name]

/** What ZooKeeper would refuse at its start, or take without doing it. */
export const zookeeper: Rule = ({ zookeeper: options }) => {
  const found: Violation[] = []
  const check = (holds: boolean, name: string, message: string) => {
    if (!holds) found.push({ path: at(name), message })
  }
  const shortest = options.minSessionTimeout ?? 2 * options.tickTime
  const longest = options.maxSessionTimeout ?? 20 * options.tickTime
  check(
    shortest <= longest,
    options.maxSessionTimeout === undefined ? 'minSessionTimeout' : 'maxSessionTimeout',
    options.maxSessionTimeout === undefined
      ? `must not be over maxSessionTimeout, ${longest}; write that or less, or set maxSessionTimeout too`
      : `must not be below minSessionTimeout, ${shortest}; write that or more`,
  )
  const least = options['fastleader.minNotificationInterval'] ?? 200
  const most = options['fastleader.maxNotificationInterval'] ?? 60_000
  check(
    least <= most,
    'fastleader.minNotificationInterval',
    `must not be over fastleader.maxNotificationInterval, ${most}; write that or less`,
  )
  const netty = 'org.apache.zookeeper.server.NettyServerCnxnFactory'
  const speaksTls = options.secureClientPort !== undefined || options['client.portUnification'] === true
  check(
    !speaksTls || options.serverCnxnFactory === netty,
    options.secureClientPort === undefined ? 'client.portUnification' : 'secureClientPort',
    `needs a server that speaks TLS; set zookeeper.serverCnxnFactory to ${netty}`,
  )
  check(
    options['enforce.auth.enabled'] !== true || (options['enforce.auth.schemes'] ?? []).length > 0,
    'enforce.auth.enabled',
    'would shut everybody out; name the ways in zookeeper.enforce.auth.schemes, such as [digest]',
  )
  check(
    options.emulate353TTLNodes !== true || options.extendedTypesEnabled === true,
    'emulate353TTLNodes',
    'does nothing by itself; set zookeeper.extendedTypesEnabled to true as well',
  )
  return found
}
