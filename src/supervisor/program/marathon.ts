import { join } from 'node:path'
import { marathonSchema } from '../../config/schema.ts'
import { formatServer, formatZkUrl, type ZkUrl } from '../../config/zookeeper/url.ts'
import type { Provided } from '../provider/choose.ts'
import type { ServiceSpec } from '../service/spec.ts'
import { afterMaster, commonSpec, listenAddress, reachable } from './defaults.ts'
import { marathonFlags } from './flags.ts'
import type { PlanInput } from './input.ts'
import { setIn } from './set.ts'

/** Marathon. Secrets, and ZooKeeper URLs with credentials, go through the environment, which only its owner reads. */
export function marathonSpec(input: PlanInput, program: Provided): ServiceSpec {
  const { config, machine, zk } = input
  const { http_port, extraFlags, http_address } = config.marathon
  const common = commonSpec('marathon', input)
  const { version } = config.packages.marathon
  const set = setIn(marathonSchema, config.marathon, join(common.cwd, 'flags'), version)
  const own = { ...zk, path: marathonPath(zk.path) }
  const urls = { master: formatZkUrl(zk, 'show'), zk: formatZkUrl(own, 'show') }
  const flags = {
    ...(zk.auth ? {} : urls),
    http_address: listenAddress(input),
    hostname: machine.ip,
    ...set.flags,
    ...extraFlags,
  }
  const address = formatServer({
    host: reachable(http_address, machine.inner ?? machine.ip),
    port: http_port,
  })
  return {
    ...common,
    argv: [...program.command, ...marathonFlags(flags)],
    env: {
      ...(zk.auth ? { MARATHON_MASTER: urls.master, MARATHON_ZK: urls.zk } : {}),
      ...Object.fromEntries(
        Object.entries(set.secrets).map(([flag, text]) => [`MARATHON_${flag.toUpperCase()}`, text]),
      ),
    },
    files: set.files,
    needs: afterMaster(input),
    address,
    provider: program.provider,
    simulated: program.provider === 'simulated',
    probe: {
      kind: 'marathon',
      url: `http://${address}`,
      ...(set.secrets.http_credentials === undefined ? {} : { login: set.secrets.http_credentials }),
    },
  }
}

/** Beside Mesos's own znode: `/mesos` → `/marathon`, `/prod/mesos` → `/prod/marathon`, `/other` → `/other-marathon`. */
export function marathonPath(path: ZkUrl['path']): string {
  const cut = path.lastIndexOf('/')
  const [parent, name] = [path.slice(0, cut), path.slice(cut + 1)]
  return `${parent}/${name === 'mesos' ? 'marathon' : `${name}-marathon`}`
}
