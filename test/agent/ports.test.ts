import { describe, expect, test } from 'bun:test'
import { createSocket } from 'node:dgram'
import { checkPorts, type WantedPort } from '../../src/agent/preflight/ports.ts'
import { wantedPorts } from '../../src/agent/preflight/wanted.ts'
import { effectiveConfig } from '../../src/config/document/effective.ts'
import { parseDocumentText } from '../../src/config/document/parse.ts'
import { MeshboxError } from '../../src/error.ts'
import { freePort } from '../zookeeper/server.ts'

async function refusal(...wanted: WantedPort[]): Promise<MeshboxError> {
  try {
    await checkPorts(wanted)
  } catch (error) {
    if (error instanceof MeshboxError) return error
    throw error
  }
  throw new Error('was taken')
}

describe('ports', () => {
  test('that are free are taken, UDP and TCP of one number side by side', async () => {
    const port = await freePort()
    await checkPorts([
      { what: 'DNS', address: '127.0.0.1', port, udp: true, setting: 'dns.port' },
      { what: 'DNS (TCP)', address: '127.0.0.1', port, setting: 'dns.port' },
    ])
  })

  test('that somebody listens on name the holder and the option that moves them', async () => {
    const blocker = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    const { port } = blocker
    const error = await refusal({
      what: 'marathon',
      address: '127.0.0.1',
      port,
      setting: 'marathon.http_port',
    })
    blocker.stop(true)
    expect(error).toMatchObject({ code: 'port-in-use', exit: 1 })
    expect(error.message).toContain(`port ${port}, wanted by marathon, is in use by`)
    expect(error.message).toContain(`(pid ${process.pid})`)
    expect(error.hint).toContain('marathon.http_port')
  })

  test('that are used over UDP are found too', async () => {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const { port } = socket.address()
    const error = await refusal({ what: 'DNS', address: '127.0.0.1', port, udp: true, setting: 'dns.port' })
    await new Promise<void>((resolve) => socket.close(() => resolve()))
    expect(error.code).toBe('port-in-use')
  })

  test('of the resolver are wanted on the addresses of this machine: systemd-resolved on 127.0.0.53 is no rival', async () => {
    const { config } = effectiveConfig(parseDocumentText('dns: { port: 5300 }', 'x'), {
      name: 'a',
      roles: ['worker'],
    })
    const place = { address: '127.0.0.1', clientPort: undefined, worker: true, controller: false }
    const wanted = wantedPorts(config, { mode: 'joined' }, place, ['127.0.0.1', '10.0.0.1', '::1'])
    expect(wanted.filter(({ what }) => what === 'DNS').map(({ address }) => address)).toEqual([
      '127.0.0.1',
      '10.0.0.1',
    ])
  })

  test('that two of ours want are a fault of the settings', async () => {
    const error = await refusal(
      { what: 'zookeeper', address: '127.0.0.1', port: 8080, setting: 'zookeeper.clientPort' },
      { what: 'marathon', address: '127.0.0.1', port: 8080, setting: 'marathon.http_port' },
    )
    expect(error.message).toContain('zookeeper and marathon both want port 8080')
  })

  test('of an address that this machine has not cannot be had', async () => {
    const error = await refusal({ what: 'DNS', address: '192.0.2.1', port: 53530, setting: 'dns.port' })
    expect(error).toMatchObject({ code: 'port-unusable', exit: 1 })
  })
})
