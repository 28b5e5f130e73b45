import { argv } from 'node:process'
import packet from 'dns-packet'

/**
 * `probe.ts ADDRESS NAME...`, inside a machine: asks the resolver for the names again and again, as a
 * program there would (three tries of a second each), and the master for the registry, where there is one. A line of JSON
 * each: what was asked, when (Unix milliseconds), and what came.
 */
export type Seen =
  | {
      what: 'name'
      name: string
      start: number
      end: number
      answered: boolean
      addresses: string[]
      rcode?: string
    }
  | { what: 'master'; start: number; end: number; status: number; weight?: number }

const everyMs = 250
const tries = 3
const tryMs = 1000

async function askName(address: string, name: string): Promise<Seen> {
  const start = Date.now()
  for (let attempt = 0; attempt < tries; attempt++) {
    const answer = await askOnce(address, name)
    if (answer)
      return {
        what: 'name',
        name,
        start,
        end: Date.now(),
        answered: true,
        addresses: (answer.answers ?? []).flatMap((each) => (each.type === 'A' ? [each.data] : [])),
        rcode: rcodes[(answer.flags ?? 0) & 0xf] ?? 'other',
      }
  }
  return { what: 'name', name, start, end: Date.now(), answered: false, addresses: [] }
}

const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

async function askOnce(address: string, name: string): Promise<packet.Packet | undefined> {
  const told = Promise.withResolvers<packet.Packet | undefined>()
  const id = Math.floor(Math.random() * 0xffff)
  const socket = await Bun.udpSocket({
    connect: { hostname: address, port: 53 },
    socket: {
      data(_, data) {
        const answer = packet.decode(data)
        if (answer.id === id) told.resolve(answer)
      },
      // Nobody listens there: the next try may find somebody.
      error: () => {},
    },
  })
  socket.send(packet.encode({ id, type: 'query', questions: [{ name, type: 'A' }] }))
  const timer = setTimeout(() => told.resolve(undefined), tryMs)
  const answer = await told.promise
  clearTimeout(timer)
  socket.close()
  return answer
}

async function askMaster(address: string): Promise<Seen> {
  const start = Date.now()
  try {
    const answer = await fetch(`http://${address}:5050/weights`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(2000),
    })
    const weights = answer.status === 200 ? ((await answer.json()) as { weight: number }[]) : []
    const [weight] = weights.map((each) => each.weight)
    return {
      what: 'master',
      start,
      end: Date.now(),
      status: answer.status,
      ...(weight === undefined ? {} : { weight }),
    }
  } catch {
    return { what: 'master', start, end: Date.now(), status: 0 }
  }
}

async function forEver(ask: () => Promise<Seen>): Promise<never> {
  for (;;) {
    process.stdout.write(`${JSON.stringify(await ask())}\n`)
    await Bun.sleep(everyMs)
  }
}

if (import.meta.main) {
  const [address = '', ...names] = argv.slice(2)
  for (const name of names) void forEver(() => askName(address, name))
  void forEver(() => askMaster(address))
}
