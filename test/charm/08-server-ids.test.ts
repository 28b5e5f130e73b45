import { expect, test } from 'bun:test'
import { answer, newAcceptor, type Self } from '../../src/agent/birth/acceptor.ts'
import { proposeRound } from '../../src/agent/birth/propose.ts'
import { canonicalList } from '../../src/agent/birth/record.ts'

/** Point 8 of the charm's faults: `myid` came from a unit number, with holes after a removal and no way to replace one. */
test('server ids come from the birth record, and are the same for all whatever the order of each URL', async () => {
  const addresses = ['10.0.0.3', '10.0.0.1', '10.0.0.2']
  const self = (address: string): Self => ({
    address,
    clientPort: 2181,
    quorumPort: 2888,
    electionPort: 3888,
    list: canonicalList(addresses),
    simulated: false,
  })
  const disks = new Map(addresses.map((address) => [address, newAcceptor]))
  const outcome = await proposeRound(addresses, {
    ballot: { round: 1, proposer: '10.0.0.3' },
    own: self('10.0.0.3'),
    expected: 3,
    draw: (members) => ({
      id: crypto.randomUUID(),
      simulated: false,
      bornAt: '2026-01-01T00:00:00.000Z',
      servers: members
        .toSorted((a, b) => (a.address < b.address ? -1 : 1))
        .map(({ address: host, clientPort, quorumPort, electionPort }, index) => ({
          id: index + 1,
          host,
          clientPort,
          quorumPort,
          electionPort,
        })),
    }),
    async ask(address, request) {
      const { state, reply } = answer(disks.get(address) ?? newAcceptor, request, self(address))
      if (state) disks.set(address, state)
      return reply
    },
  })
  expect(outcome.kind).toBe('decided')
  const records = [...disks.values()].map(({ accepted }) =>
    accepted?.birth.servers.map(({ id, host }) => `${id} ${host}`),
  )
  expect(records).toEqual(Array(3).fill(['1 10.0.0.1', '2 10.0.0.2', '3 10.0.0.3']))
})
