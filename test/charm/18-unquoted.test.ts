import { expect, test } from 'bun:test'
import { applyEdits } from '../../src/config/document/edit.ts'
import { parseDocumentText } from '../../src/config/document/parse.ts'
import { editsOf } from '../../src/config/import/finding.ts'
import { importSettings } from '../../src/config/import/recognise.ts'
import { parseZkUrl } from '../../src/config/zookeeper/url.ts'
import { planServices } from '../../src/supervisor/plan.ts'
import { choosePrograms } from '../../src/supervisor/provider/choose.ts'
import { systemPrograms } from '../../src/supervisor/provider/system.ts'

/** Point 18 of the charm's faults: option values went through a shell unquoted. */
test('a value reaches its program as it was written, whatever a shell would make of it', () => {
  const nasty = `a:$(touch /tmp/x) \`id\` "b" 'c' ; rm -rf * && echo | x > y \\ #`
  // To Mesos a semicolon begins another attribute.
  const attribute = nasty.replace(';', ';b:')
  const text = JSON.stringify({ slave_attributes: attribute, allocator: nasty })
  const { findings } = importSettings([{ name: 'charm.json', text }], { oneMachine: false })
  const { common } = parseDocumentText(applyEdits('', editsOf(findings)), 'x')
  const { services } = planServices({
    config: common,
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
    programs: choosePrograms(systemPrograms({ 'mesos-master': ['master'], 'mesos-agent': ['agent'] }), {
      simulated: false,
      self: [],
    }),
    mode: 'joined',
    roles: { controller: true, worker: true },
  })
  const argv = (name: string) => services.find((service) => service.name === name)?.argv ?? []
  expect(argv('mesos-agent')).toContain(`--attributes=${attribute}`)
  expect(argv('mesos-master')).toContain(`--allocator=${nasty}`)
})
