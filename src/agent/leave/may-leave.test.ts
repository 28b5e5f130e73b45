import { describe, expect, test } from 'bun:test'
import type { Member } from '../gossip/gossip.ts'
import { type Leaver, mayLeave } from './may-leave.ts'

const member = (at: number, status: Member['status'], cluster = 'c'): Member => ({
  ...{ name: `m${at}`, address: `10.0.0.${at}`, port: 7946, status, incarnation: 1 },
  tags: { cluster },
})
const worker: Leaver = {
  ...{ name: 'm9', mode: 'joined', controller: false, address: '10.0.0.9', cluster: 'c' },
  controllers: ['10.0.0.1'],
  members: [member(9, 'alive'), member(1, 'alive')],
}
const only: Leaver = { ...worker, name: 'm1', controller: true, address: '10.0.0.1' }
const one = { ...only, controllers: ['10.0.0.1', '10.0.0.2', '10.0.0.3'], members: [member(1, 'alive')] }

describe('leaving', () => {
  test('is for every worker, whoever is there', () => {
    expect(mayLeave(worker)).toEqual({ last: false })
    expect(mayLeave({ ...worker, members: [] })).toEqual({ last: false })
  })

  test('is refused to one of several controllers, seen or not, unless the others have left', () => {
    expect(() => mayLeave(one)).toThrow('m1 is one of 3 controllers, and the others (10.0.0.2, 10.0.0.3)')
    for (const status of ['alive', 'suspect', 'failed'] as const) {
      const members = [member(2, 'left'), member(3, status)]
      expect(() => mayLeave({ ...one, members })).toThrow('the others (10.0.0.3) count on it')
    }
    expect(mayLeave({ ...one, members: [member(2, 'left'), member(3, 'left')] })).toEqual({ last: true })
  })

  test('is refused to the last controller while a worker is there, dead or alive', () => {
    for (const status of ['alive', 'suspect', 'failed'] as const)
      expect(() => mayLeave({ ...only, members: [member(9, status)] })).toThrow('m9 live by it')
    const many = [2, 3, 4, 5, 6].map((at) => member(at, 'alive'))
    expect(() => mayLeave({ ...only, members: many })).toThrow('m2, m3, m4 and 2 more live by it')
  })

  test('ends the cluster where this machine is all of it; others of other clusters do not count', () => {
    expect(mayLeave({ ...only, members: [member(1, 'alive'), member(9, 'left')] })).toEqual({ last: true })
    expect(mayLeave({ ...only, members: [member(9, 'alive', 'other')] })).toEqual({ last: true })
  })

  test('is for everybody who still waits for a birth', () => {
    expect(mayLeave({ ...one, cluster: undefined, members: [member(2, 'alive')] })).toEqual({ last: false })
  })

  test('is not for a trial', () => {
    expect(() => mayLeave({ ...only, mode: 'dev' })).toThrow('this is a trial')
  })
})
