import { expect, test } from 'bun:test'
import { planServices } from '../../src/supervisor/plan.ts'
import { importedConfig, inputFor } from './planned.ts'

/** What runs on a machine when these options of the charm are imported. */
function plannedWith(options: Record<string, unknown>, controller: boolean) {
  const config = importedConfig(options)
  const { services } = planServices(inputFor(config, controller))
  const agent = services.find(({ name }) => name === 'mesos-agent')
  return { dns: config.dns.dnsOn, names: services.map(({ name }) => name), argv: agent?.argv ?? [] }
}

/** Point 5 of the charm's faults: `install_docker` and `mesos-dns` were ignored on masters, both were always installed. */
test.each([true, false])(
  'the switches hold on every machine, controllers too (controller: %p)',
  (controller) => {
    const off = plannedWith({ install_docker: false, 'mesos-dns': false }, controller)
    expect(off.names).not.toContain('docker')
    expect(off.argv.join(' ')).not.toContain('docker')
    expect(off.dns).toBe(false)
    const on = plannedWith({ install_docker: true, 'mesos-dns': true }, controller)
    expect(on.names).toContain('docker')
    expect(on.argv).toContain('--containerizers=docker,mesos')
    expect(on.dns).toBe(true)
  },
)
