import { describe, expect, test } from 'bun:test'
import type { Cluster } from '../../config/document/cluster.ts'
import { decideEnsemble, type EnsembleFacts } from './ensemble.ts'

const server = (host: string, ...addresses: string[]) => ({ host, port: 2181, addresses })
const addresses = ['127.0.0.1', '::1', '10.0.0.1']
const alone: EnsembleFacts = { servers: [server('a', '10.0.0.1')], addresses, answering: undefined }
const three: EnsembleFacts = {
  ...alone,
  servers: [server('b', '10.0.0.2'), server('a', '10.0.0.1'), server('c', '10.0.0.3')],
}
const bornOf = (...hosts: string[]): Cluster => ({
  id: '00000000-0000-4000-8000-000000000000',
  simulated: false,
  bornAt: '2026-01-01T00:00:00.000Z',
  servers: hosts.map((host, index) => ({
    id: index + 1,
    host,
    clientPort: 2181,
    quorumPort: 2888,
    electionPort: 3888,
  })),
})

describe('whose ZooKeeper it is', () => {
  test('the URL names this machine and nobody answers: it is to be born, by this machine alone or with others', () => {
    expect(decideEnsemble(alone)).toEqual({ kind: 'birth', address: '10.0.0.1' })
    expect(decideEnsemble(three)).toEqual({ kind: 'birth', address: '10.0.0.1' })
    const loopback = { ...alone, servers: [server('localhost', '::1', '127.0.0.1')] }
    expect(decideEnsemble(loopback)).toEqual({ kind: 'birth', address: '::1' })
  })

  test('one answers that meshbox knows nothing of: it is used, and this machine is a controller all the same', () => {
    expect(decideEnsemble({ ...three, answering: { cluster: undefined } })).toEqual({
      kind: 'external',
      controller: true,
    })
    const { servers: _, ...foreign } = bornOf()
    expect(decideEnsemble({ ...three, answering: { cluster: foreign } })).toEqual({
      kind: 'external',
      controller: true,
    })
  })

  test('one answers that was born with a place for this machine: it comes late', () => {
    const cluster = bornOf('10.0.0.1', '10.0.0.2', '10.0.0.3')
    expect(decideEnsemble({ ...three, answering: { cluster } })).toEqual({
      kind: 'late',
      cluster,
      address: '10.0.0.1',
    })
  })

  test('one answers that was born without this machine: it cannot be a controller there', () => {
    const cluster = bornOf('10.0.0.2', '10.0.0.3')
    expect(() => decideEnsemble({ ...three, answering: { cluster } })).toThrow(
      "10.0.0.1 is none of this cluster's (10.0.0.2:2181, 10.0.0.3:2181)",
    )
    const worker = { ...three, addresses: ['10.0.0.9'] }
    expect(decideEnsemble({ ...worker, answering: { cluster } })).toEqual({
      kind: 'external',
      controller: false,
    })
  })

  test('the URL names other machines only: theirs', () => {
    const elsewhere = { ...three, addresses: ['127.0.0.1', '10.0.0.9'] }
    expect(decideEnsemble(elsewhere)).toEqual({ kind: 'external', controller: false })
  })

  test('a name that does not resolve may be this machine: it is waited for, unless somebody answers', () => {
    const unresolved = { ...alone, servers: [server('gone')] }
    expect(decideEnsemble(unresolved)).toEqual({ kind: 'waiting', reasons: ['gone has no address'] })
    expect(decideEnsemble({ ...unresolved, answering: { cluster: undefined } }).kind).toBe('external')
    const oneOfTwo = { ...alone, servers: [...alone.servers, server('gone')] }
    expect(decideEnsemble(oneOfTwo)).toEqual({ kind: 'waiting', reasons: ['gone has no address'] })
  })

  test('loopback in a URL of several hosts is refused: each machine would mean itself', () => {
    for (const host of ['127.0.0.1', '127.0.1.1', '::1']) {
      const servers = [server('a', host), server('b', '10.0.0.2')]
      expect(() => decideEnsemble({ ...alone, servers })).toThrow(`a is a loopback address (${host})`)
    }
  })
})
