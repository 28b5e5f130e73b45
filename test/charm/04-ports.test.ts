import { expect, test } from 'bun:test'
import { importedConfig, planned } from './planned.ts'

/** Point 4: `port` and `marathon_port` only opened the firewall; the programs kept their defaults. */
test('the programs listen where they are told to, and are asked there', () => {
  const config = importedConfig({ port: 5055, marathon_port: 8088 })
  const master = planned('mesos-master', config)
  expect(master.argv).toContain('--port=5055')
  expect(master).toMatchObject({ address: '10.0.0.1:5055', probe: { url: 'http://10.0.0.1:5055' } })
  const marathon = planned('marathon', config)
  expect(marathon.argv.join(' ')).toMatch(/--http_port[ =]8088/)
  expect(marathon).toMatchObject({ address: '10.0.0.1:8088', probe: { url: 'http://10.0.0.1:8088' } })
})
