import { expect, test } from 'bun:test'
import { applyEdits } from '../../src/config/document/edit.ts'
import { effectiveConfig } from '../../src/config/document/effective.ts'
import { parseDocumentText } from '../../src/config/document/parse.ts'
import { editsOf } from '../../src/config/import/finding.ts'
import { importSettings } from '../../src/config/import/recognise.ts'
import { parseZkUrl } from '../../src/config/zookeeper/url.ts'
import { planServices } from '../../src/supervisor/plan.ts'
import { choosePrograms } from '../../src/supervisor/provider/choose.ts'
import { systemPrograms } from '../../src/supervisor/provider/system.ts'

const programs = choosePrograms(
  systemPrograms({ 'mesos-master': ['master'], 'mesos-agent': ['agent'], docker: ['dockerd'] }),
  { simulated: false, self: [] },
)

/** What runs on a machine when these options of the charm are imported. */
function planned(options: Record<string, unknown>, controller: boolean) {
  const file = { name: 'charm.json', text: JSON.stringify(options) }
  const { findings } = importSettings([file], { oneMachine: false })
  const document = parseDocumentText(applyEdits('', editsOf(findings)), 'x')
  const roles = controller ? (['worker', 'controller'] as const) : (['worker'] as const)
  const { config } = effectiveConfig(document, { name: 'a', roles: [...roles] })
  const { services } = planServices({
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
    programs,
    mode: 'joined',
    roles: { controller, worker: true },
  })
  const agent = services.find(({ name }) => name === 'mesos-agent')
  return { dns: config.dns.dnsOn, names: services.map(({ name }) => name), argv: agent?.argv ?? [] }
}

/** Point 5 of the charm's faults: `install_docker` and `mesos-dns` were ignored on masters, both were always installed. */
test.each([true, false])(
  'the switches hold on every machine, controllers too (controller: %p)',
  (controller) => {
    const off = planned({ install_docker: false, 'mesos-dns': false }, controller)
    expect(off.names).not.toContain('docker')
    expect(off.argv.join(' ')).not.toContain('docker')
    expect(off.dns).toBe(false)
    const on = planned({ install_docker: true, 'mesos-dns': true }, controller)
    expect(on.names).toContain('docker')
    expect(on.argv).toContain('--containerizers=docker,mesos')
    expect(on.dns).toBe(true)
  },
)
