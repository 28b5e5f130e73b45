import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeAnswer, encodeQuestion } from '../../src/agent/gossip/serf/questions.ts'
import { createKeyring } from '../../src/agent/gossip/wire/keyring.ts'
import { decodePacket, encodePacket } from '../../src/agent/gossip/wire/packet.ts'
import { createStreamReader, encodeStream } from '../../src/agent/gossip/wire/stream.ts'
import { type Carry, grown } from '../gossip/simulation.ts'

/**
 * What a member costs: in virtual time with 10 to 10,000 of them, all messages really encrypted, sent as bytes and read;
 * then some of ours beside as many agents of serf, in a network namespace of their own (needs root and serf).
 * Prints Markdown. `bun test/bench/gossip.ts [seconds]`
 */
const seconds = Number(process.argv[2] ?? 60)
const envelope = { keyring: createKeyring([new Uint8Array(32).fill(7)]), label: '' }
const peers = 20

const digest = '4503599627370495 4503599627370495'
const ask = encodeQuestion({ name: 'digest', payload: Buffer.from(digest) })
const told = encodeAnswer('m1000', Uint8Array.of(1))

const wire: Carry = {
  comparison: encodeStream(ask, envelope).length + encodeStream(told, envelope).length,
  packet(messages, checksum) {
    const bytes = encodePacket(messages, envelope, checksum)
    return { bytes: bytes.length, read: () => decodePacket(bytes, envelope).messages }
  },
  stream(state) {
    const bytes = encodeStream(state, envelope)
    return {
      bytes: bytes.length,
      read() {
        const read = createStreamReader(envelope).push(bytes)
        if (read?.kind !== 'pushPull') throw new Error('the state did not arrive')
        return read
      },
    }
  },
}

const row = (cells: (string | number)[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`)

function simulated(): void {
  row([
    'members',
    'datagrams/s',
    'their bytes/s',
    'comparisons/h',
    'full exchanges/h',
    'their bytes/s',
    'CPU µs/s',
  ])
  row(Array(7).fill('---'))
  for (const size of [10, 100, 1000, 3000, 10_000]) {
    const span = Math.max(10, Math.min(600, 60_000 / size))
    const sim = grown(size, { seed: 1, carry: wire })
    sim.run(2000)
    const [before, cpu] = [{ ...sim.totals }, process.cpuUsage()]
    sim.run(span * 1000)
    const used = process.cpuUsage(cpu)
    const each = (what: keyof typeof before) => (sim.totals[what] - before[what]) / size / span
    row([
      size,
      each('packets').toFixed(2),
      Math.round(each('bytes')),
      (each('comparisons') * 3600).toFixed(0),
      (each('exchanges') * 3600).toFixed(1),
      Math.round(each('streamBytes')),
      Math.round((used.user + used.system) / size / span),
    ])
  }
}

/** User and system time of a process, in seconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function output(...command: string[]): Promise<string> {
  return new Response(Bun.spawn(command, { stdout: 'pipe', stderr: 'inherit' }).stdout).text()
}

/** Packets and bytes that went over the namespace's loopback, headers included, and the time its processes took. */
async function beside(name: string, start: (inside: string[]) => Bun.Subprocess[]): Promise<void> {
  const space = `gossip-bench-${process.pid}`
  await output('ip', 'netns', 'add', space)
  const inside = ['ip', 'netns', 'exec', space]
  await output(...inside, 'ip', 'link', 'set', 'lo', 'up')
  const started = start(inside)
  const look = async () => {
    const [line] = (await output(...inside, 'cat', '/proc/net/dev'))
      .split('\n')
      .filter((each) => /lo:/.test(each))
    const [bytes = 0, packets = 0] = (line?.split(':')[1] ?? '').trim().split(/\s+/).map(Number)
    return { bytes, packets, cpu: started.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0) }
  }
  try {
    await Bun.sleep(20_000) // the news of the start die down
    const before = await look()
    await Bun.sleep(seconds * 1000)
    const after = await look()
    const each = (what: keyof typeof after) => (after[what] - before[what]) / peers / seconds
    row([name, each('packets').toFixed(2), Math.round(each('bytes')), Math.round(each('cpu') * 1e6)])
  } finally {
    for (const child of started) child.kill('SIGKILL')
    await Promise.all(started.map(({ exited }) => exited))
    await output('ip', 'netns', 'delete', space)
  }
}

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' } as const
const addressOf = (i: number) => `127.0.0.${i + 1}`

simulated()
if (process.getuid?.() === 0 && Bun.which('serf')) {
  process.stdout.write('\n')
  row([`${peers} idle members`, 'packets/s each', 'bytes/s each', 'CPU µs/s each'])
  row(Array(4).fill('---'))
  await beside('meshbox', (inside) => {
    const entry = join(import.meta.dir, 'gossip-members.ts')
    const addresses = Array.from({ length: peers }, (_, i) => addressOf(i))
    return [Bun.spawn([...inside, process.execPath, entry, ...addresses], quiet)]
  })
  await beside('serf', (inside) =>
    Array.from({ length: peers }, (_, i) => {
      const at = [`-bind=${addressOf(i)}:7946`, `-rpc-addr=${addressOf(i)}:7373`, `-node=m${i}`]
      const command = [
        'serf',
        'agent',
        '-profile=lan',
        '-log-level=err',
        ...at,
        `-retry-join=${addressOf(0)}`,
      ]
      return Bun.spawn([...inside, ...command], quiet)
    }),
  )
}
