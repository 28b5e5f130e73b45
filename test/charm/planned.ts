import { applyEdits } from '../../src/config/document/edit.ts'
import { parseDocumentText } from '../../src/config/document/parse.ts'
import { editsOf } from '../../src/config/import/finding.ts'
import { importSettings } from '../../src/config/import/recognise.ts'
import type { Config } from '../../src/config/schema.ts'
import { parseZkUrl } from '../../src/config/zookeeper/url.ts'
import { planServices } from '../../src/supervisor/plan.ts'
import type { PlanInput } from '../../src/supervisor/program/input.ts'
import { choosePrograms } from '../../src/supervisor/provider/choose.ts'
import { systemPrograms } from '../../src/supervisor/provider/system.ts'
import type { ServiceName, ServiceSpec } from '../../src/supervisor/service/spec.ts'

/** What an import of these options of the charm makes of an empty document. */
export function importedConfig(options: Record<string, unknown>): Config {
  const text = JSON.stringify(options)
  const { findings } = importSettings([{ name: 'charm.json', text }], { oneMachine: false })
  return parseDocumentText(applyEdits('', editsOf(findings)), 'what was imported').common
}

/** A machine on which everything is installed. */
export function inputFor(config: Config, controller = true): PlanInput {
  const server = { id: 1, host: '10.0.0.1', clientPort: 2181, quorumPort: 2888, electionPort: 3888 }
  return {
    config,
    machine: {
      name: 'a',
      hostname: 'a',
      ip: '10.0.0.1',
      dataDir: '/data',
      logDir: '/log',
      root: true,
      systemd: false,
      cpus: 1,
      memMb: 1024,
    },
    zk: parseZkUrl('zk://10.0.0.1/mesos'),
    ...(controller ? { birth: { serverId: 1, clientPort: 2181, founder: false, servers: [server] } } : {}),
    programs: choosePrograms(
      systemPrograms({
        zookeeper: ['java'],
        'mesos-master': ['master'],
        'mesos-agent': ['agent'],
        marathon: ['marathon'],
        docker: ['dockerd'],
      }),
      { simulated: false, self: [] },
    ),
    mode: 'joined',
    roles: { controller, worker: true },
  }
}

/** One program of such a machine, as it is started. */
export function planned(name: ServiceName, config: Config, controller = true): ServiceSpec {
  const { services, held } = planServices(inputFor(config, controller))
  const spec = services.find((service) => service.name === name)
  if (spec) return spec
  throw new Error(`${name} is not planned: ${JSON.stringify(held)}`)
}
