import { expect, test } from 'bun:test'
import { inOrder } from './order.ts'
import type { ServiceName, ServiceSpec } from './spec.ts'

const spec = (name: ServiceName, ...needs: ServiceName[]) => ({ name, needs }) as unknown as ServiceSpec
const names = (specs: ServiceSpec[]) => inOrder(specs).map(({ name }) => name)

test('what is needed comes first, whatever the order in the plan; the rest stays as it was', () => {
  const zookeeper = spec('zookeeper')
  const master = spec('mesos-master', 'zookeeper')
  const agent = spec('mesos-agent', 'mesos-master')
  const marathon = spec('marathon', 'mesos-master')
  expect(names([marathon, agent, master, zookeeper])).toEqual([
    'zookeeper',
    'mesos-master',
    'marathon',
    'mesos-agent',
  ])
  expect(names([agent, marathon])).toEqual(['mesos-agent', 'marathon'])
  expect(names([])).toEqual([])
})
