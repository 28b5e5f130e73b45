import { type DecodedPacket, decode, encode } from 'dns-packet'
import { canonicalAddress, joinHostPort } from '../../config/address.ts'
import type { Upstream } from '../../config/dns.ts'
import { frame, openFrames } from '../listen/frames.ts'
import { openTable } from '../table/build.ts'
import type { Table } from '../table/table.ts'

/** A zone as its primary gave it. */
export type Pulled = {
  table: Table
  serial: number
  from: string /** Records of types that no cluster has. */
  skipped: number
}

/** The zone is not fetched again while its primary has this serial. */
export type KnownZone = { from: string; serial: number }

/**
 * Takes the whole zone from a primary (AXFR), or nothing when it is known already.
 * @throws Error when the primary does not answer in time, refuses, or ends before the zone does
 */
export async function pullZone(
  domain: string,
  primary: Upstream,
  known: KnownZone | undefined,
  timeoutMs: number,
): Promise<Pulled | undefined> {
  const from = joinHostPort(primary.address, primary.port)
  const builder = openTable(domain)
  let serials = 0
  let serial = 0
  let skipped = 0

  /** true once the zone is whole: it begins and ends with its SOA (RFC 5936 section 2.2). */
  function takeZone(packet: DecodedPacket): boolean {
    for (const answer of packet.answers ?? []) {
      const name = `${'name' in answer ? answer.name.toLowerCase() : ''}.`
      if (answer.type === 'SOA') {
        serial = answer.data.serial ?? 0
        serials++
      } else if (answer.type === 'A' || answer.type === 'AAAA') {
        const address = canonicalAddress(answer.data)
        if (address !== undefined) builder.address(builder.name(name), address)
      } else if (answer.type === 'SRV') {
        const { target, port } = answer.data
        builder.service(builder.name(name), builder.name(`${target.toLowerCase()}.`), port)
      } else if (answer.type !== 'NS') skipped++
    }
    return serials === 2
  }

  let unchanged = false
  await converse(primary, timeoutMs, (packet, ask) => {
    if (packet === undefined) return void ask(question(domain, 'SOA'))
    const code = 'rcode' in packet ? packet.rcode : 'NOERROR'
    if (code !== 'NOERROR') throw new Error(`${from} answers ${code}`)
    if (packet.id !== 1) return takeZone(packet)
    const soa = packet.answers?.find(({ type }) => type === 'SOA')
    if (soa?.type !== 'SOA') throw new Error(`${from} does not have ${domain}`)
    unchanged = known?.from === from && known.serial === soa.data.serial
    if (!unchanged) ask(question(domain, 'AXFR'))
    return unchanged
  })
  return unchanged ? undefined : { table: builder.finish(), serial, from, skipped }
}

function question(name: string, type: 'SOA' | 'AXFR'): Buffer {
  return encode({ type: 'query', id: type === 'SOA' ? 1 : 2, questions: [{ name, type }] })
}

type See = (packet: DecodedPacket | undefined, ask: (message: Buffer) => void) => boolean | undefined

/** Talks over one connection: `see` gets nothing at first, then each message, and says when it has enough. */
async function converse({ address, port }: Upstream, timeoutMs: number, see: See): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error('it does not answer in time')), timeoutMs)
  const take = openFrames()
  const opening = Bun.connect({
    hostname: address,
    port,
    socket: {
      open: (socket) => void see(undefined, (message) => void socket.write(frame(message))),
      data(socket, chunk) {
        try {
          for (const message of take(chunk)) {
            if (see(decode(message), (next) => void socket.write(frame(next)))) resolve()
          }
        } catch (error) {
          reject(error)
        }
      },
      close: () => reject(new Error('it closed the connection')),
      error: (_, error) => reject(error),
    },
  })
  opening.catch(reject)
  try {
    await promise
  } finally {
    clearTimeout(timer)
    opening.then(
      (socket) => socket.end(),
      () => {},
    )
  }
}
