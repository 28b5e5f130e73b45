import { expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from 'node:net'
import { openDoor } from '../../src/agent/join-token/door.ts'
import { identityOf } from '../../src/agent/join-token/identity.ts'
import { redeemToken } from '../../src/agent/join-token/redeem.ts'
import { type JoinToken, newToken } from '../../src/agent/join-token/token.ts'
import type { JoinTokens } from '../../src/agent/join-token/tokens.ts'
import { systemClock } from '../../src/clock.ts'
import { MeshboxError } from '../../src/error.ts'
import { silentLog } from '../../src/log.ts'
import { inMesh, newKey, soon } from './serf.ts'

setDefaultTimeout(60_000)

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes)
type Redeem = JoinTokens['redeem']

/** A member's door, and what came through it. */
function doorOf(keys: string[], redeem: Redeem = async () => {}) {
  const told: Parameters<Redeem>[0][] = []
  const bytes = keys.map((key) => Buffer.from(key, 'base64'))
  const door = openDoor({
    keys: { ring: () => ({ generation: 3, keys }), bytes: () => bytes },
    tokens: () => ({
      async redeem(claimed) {
        told.push(claimed)
        await redeem(claimed)
      },
    }),
    isController: (addresses) => addresses.includes('10.0.0.1'),
    clock: systemClock,
    log: silentLog,
  })
  return { told, keyring: keys, secure: door }
}

const tokenFor = (key: string) => newToken(identityOf(Buffer.from(key, 'base64')).pin, random)
const redeem = (doors: { host: string; port: number }[], token: JoinToken, addresses = ['10.0.0.9']) =>
  redeemToken(doors, token, { name: 'w', addresses, clock: systemClock })

test.concurrent(
  'a member gives its keyring for a token, over TLS on the port of gossip, which goes on beside it',
  inMesh(async ({ startOurs }) => {
    const key = newKey()
    const { told, ...door } = doorOf([key, newKey()])
    const ours = await startOurs('o', door)
    const token = tokenFor(key)
    expect(await redeem([ours.address], token)).toEqual({ generation: 3, keys: door.keyring })
    await redeem([ours.address], token, ['10.0.0.9', '10.0.0.1'])
    expect(told).toMatchObject([
      { id: token.id, secret: token.secret, role: 'worker', name: 'w', address: '127.0.0.1' },
      { role: 'controller' },
    ])
    const friend = await startOurs('f', { keyring: door.keyring })
    expect(await friend.join([ours.at])).toBe(1)
    expect(await soon(() => ours.status('f') === 'alive')).toBe(true)
  }),
)

test.concurrent(
  'a member of another cluster is told nothing, and another machine is asked',
  inMesh(async ({ startOurs }) => {
    const key = newKey()
    const strange = doorOf([newKey()])
    const stranger = await startOurs('s', strange)
    const right = await startOurs('r', doorOf([key]))
    await expect(redeem([stranger.address], tokenFor(key))).rejects.toMatchObject({ code: 'token-pin' })
    expect(await redeem([stranger.address, right.address], tokenFor(key))).toMatchObject({ keys: [key] })
    expect(strange.told).toEqual([])
  }),
)

test.concurrent(
  'what the cluster says of a token is the last word; that ZooKeeper is away there is not',
  inMesh(async ({ startOurs }) => {
    const key = newKey()
    const fail =
      (code: string): Redeem =>
      async () => {
        throw new MeshboxError({ code, message: `cannot join: ${code}`, hint: 'a hint' })
      }
    const away = await startOurs('a', doorOf([key], fail('zk-connection-loss')))
    const used = await startOurs('u', doorOf([key], fail('token-used')))
    const good = await startOurs('g', doorOf([key]))
    await expect(redeem([away.address], tokenFor(key))).rejects.toThrow('ZooKeeper does not answer there')
    await expect(redeem([used.address, good.address], tokenFor(key))).rejects.toMatchObject({
      ...{ code: 'token-used', hint: 'a hint' },
    })
    expect(await redeem([away.address, good.address], tokenFor(key))).toMatchObject({ keys: [key] })
  }),
)

test.concurrent(
  'an open cluster, a serf agent and nobody have no key to give',
  inMesh(async ({ startOurs, startSerf }) => {
    const open = await startOurs('o', doorOf([]))
    const serf = await startSerf('s')
    const { port } = new URL(`http://${serf.address}`)
    const token = tokenFor(newKey())
    for (const door of [
      open.address,
      { host: '127.0.0.1', port: Number(port) },
      { host: '127.0.0.1', port: 1 },
    ])
      await expect(redeem([door], token)).rejects.toMatchObject({ code: 'token-unreached' })
    await expect(redeem([], token)).rejects.toThrow('it has no address')
  }),
)

test.concurrent(
  'streams that begin as TLS and go on as anything cost a member nothing',
  inMesh(async ({ startOurs }) => {
    const key = newKey()
    const { told, ...door } = doorOf([key])
    const ours = await startOurs('o', door)
    const ended = Array.from({ length: 150 }, (_, index) => {
      const socket = connect(ours.address)
      socket.on('error', () => {})
      socket.on('data', () => {})
      socket.once('connect', () => {
        const rest = random(new Uint8Array(index * 20))
        const record = Buffer.concat([Uint8Array.of(22, 3, 1, rest.length >> 8, rest.length & 255), rest])
        if (index % 3 === 0) socket.write(record)
        else socket.end(record)
      })
      return new Promise((resolve) => socket.on('close', resolve))
    })
    expect(await redeem([ours.address], tokenFor(key))).toMatchObject({ keys: [key] })
    await Promise.all(ended)
    expect(told).toHaveLength(1)
  }),
)
