import { describe, expect, test } from 'bun:test'
import { decideEnsemble, type EnsembleFacts } from './ensemble.ts'

const alone: EnsembleFacts = {
  servers: [{ host: 'a', port: 2182, addresses: ['10.0.0.1'] }],
  addresses: ['127.0.0.1', '10.0.0.1'],
  answers: false,
  decided: undefined,
  quorumPort: 2888,
  electionPort: 3888,
}

describe('whose ZooKeeper it is', () => {
  test('the URL names this machine alone and nobody answers: ours, on the port of the URL', () => {
    expect(decideEnsemble(alone)).toEqual({
      kind: 'managed',
      birth: {
        serverId: 1,
        clientPort: 2182,
        servers: [{ id: 1, host: 'a', quorumPort: 2888, electionPort: 3888 }],
      },
    })
  })

  test('one answers there already: it is used', () => {
    expect(decideEnsemble({ ...alone, answers: true })).toEqual({ kind: 'external', controller: true })
  })

  test('the URL names other machines only: theirs', () => {
    const elsewhere = { ...alone, addresses: ['127.0.0.1', '10.0.0.9'] }
    expect(decideEnsemble(elsewhere)).toEqual({ kind: 'external', controller: false })
  })

  test('a name that does not resolve is not this machine', () => {
    expect(decideEnsemble({ ...alone, servers: [{ host: 'gone', port: 2181, addresses: [] }] }).kind).toBe(
      'external',
    )
  })

  test('several machines, none answers: refused, naming the others', () => {
    const servers = [...alone.servers, { host: 'b', port: 2181, addresses: ['10.0.0.2'] }]
    expect(() => decideEnsemble({ ...alone, servers })).toThrow('the URL also names b')
  })

  test('what was decided once stays, whatever the URL and the network say now', () => {
    const decided = decideEnsemble(alone)
    expect(decideEnsemble({ ...alone, decided, answers: true, servers: [] })).toEqual(decided)
    const external = { kind: 'external', controller: false } as const
    expect(decideEnsemble({ ...alone, decided: external })).toEqual(external)
  })
})
