import { expect, test } from 'bun:test'
import type { ServiceName } from '../service/spec.ts'
import { upgradeOrder } from './order.ts'

const to = (name: ServiceName, from: string, to: string) => ({ name, from, to })

test('what others build upon is upgraded first, and Marathon last', () => {
  expect(
    upgradeOrder([
      to('marathon', '1.4.1', '1.11.24'),
      to('mesos-agent', '1.10.0-1', '1.11.0-1'),
      to('zookeeper', '3.4.13', '3.8.0'),
      to('mesos-master', '1.10.0-1', '1.11.0-1'),
    ]),
  ).toEqual(['zookeeper', 'mesos-master', 'mesos-agent', 'marathon'])
})

test('the way back is the same way, backwards', () => {
  const back = [to('mesos-master', '1.11.0', '1.10.0'), to('mesos-agent', '1.11.0', '1.10.0')]
  expect(upgradeOrder(back)).toEqual(['mesos-agent', 'mesos-master'])
  expect(upgradeOrder([...back, to('zookeeper', '3.8.0', '3.4.13')]).at(-1)).toBe('zookeeper')
  expect(upgradeOrder([...back, to('zookeeper', '3.4.13', '3.8.0')])[0]).toBe('zookeeper')
})

test('where no version is told it goes as for an upgrade', () => {
  expect(upgradeOrder([{ name: 'mesos-agent' }, { name: 'mesos-master' }])).toEqual([
    'mesos-master',
    'mesos-agent',
  ])
  expect(upgradeOrder([])).toEqual([])
})
