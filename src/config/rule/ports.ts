import type { Config } from '../schema.ts'
import type { Rule, Subject, Violation } from './rule.ts'

type Wanted = { path: string[]; port: number }

/** Every program of a machine needs ports of its own. */
export const ports: Rule = (config, subject) => {
  const seen = new Map<number, Wanted>()
  return wantedPorts(config, subject).flatMap((wanted): Violation[] => {
    const rival = seen.get(wanted.port)
    if (!rival) {
      seen.set(wanted.port, wanted)
      return []
    }
    const why = `must not be ${wanted.port}, which ${rival.path.join('.')} has on the same machine`
    return [{ path: wanted.path, message: `${why}; write another port for one of the two` }]
  })
}

/** TCP ports; those of DNS and gossip are UDP ports as well. */
function wantedPorts(config: Config, { roles }: Subject): Wanted[] {
  const { zookeeper, mesos, marathon, dns, api, gossip } = config
  const at = (path: string[], port: number | undefined, used = true): Wanted[] =>
    used && port !== undefined ? [{ path, port }] : []
  const controller = roles.includes('controller')
  const worker = roles.includes('worker')
  const ofZooKeeper = (name: keyof typeof zookeeper & string, used = true) =>
    at(['zookeeper', name], zookeeper[name] as number | undefined, controller && used)
  return [
    ...at(['gossip', 'port'], gossip.port),
    ...at(['api', 'port'], api.port),
    ...at(['api', 'tls', 'port'], api.tls.port, api.tls.certFile !== undefined),
    ...at(['dns', 'port'], dns.port, dns.dnsOn),
    ...at(['dns', 'httpPort'], dns.httpPort, dns.httpOn),
    ...ofZooKeeper('clientPort'),
    ...ofZooKeeper('quorumPort'),
    ...ofZooKeeper('electionPort'),
    ...ofZooKeeper('secureClientPort'),
    ...ofZooKeeper('observerMasterPort'),
    ...ofZooKeeper('admin.serverPort', zookeeper['admin.enableServer']),
    ...ofZooKeeper('metricsProvider.httpPort', zookeeper['metricsProvider.className'] !== undefined),
    ...at(['mesos', 'master', 'port'], mesos.master.port, controller),
    ...at(['mesos', 'agent', 'port'], mesos.agent.port, worker),
    ...at(['marathon', 'http_port'], marathon.http_port, controller && marathon.disable_http !== true),
    ...at(
      ['marathon', 'https_port'],
      marathon.https_port ?? 8443,
      controller && marathon.ssl_keystore_path !== undefined,
    ),
  ]
}
