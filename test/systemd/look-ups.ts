import packet from 'dns-packet'
import { openHostLookups } from '../../src/dns/host/open.ts'
import { silentLog } from '../../src/log.ts'
import { openStore } from '../../src/store.ts'

/**
 * Runs inside the machine of resolved.test.ts: a server in meshbox's place and the one that the network brought along, then
 * what was asked of which while look-ups are sent to meshbox (`auto`), or are no more (`off`), or it is killed (`crash`). Mode and names are arguments.
 */
const [mode, ...names] = process.argv.slice(2)
const asked: Record<'meshbox' | 'former', string[]> = { meshbox: [], former: [] }

const serve = (who: keyof typeof asked, hostname: string, port: number, address: string) =>
  Bun.udpSocket({
    hostname,
    port,
    socket: {
      data(socket, bytes, peerPort, peer) {
        const { id, questions = [] } = packet.decode(Buffer.from(bytes))
        const [{ name, type } = { name: '', type: 'A' as const }] = questions
        if (!asked[who].includes(name)) asked[who].push(name)
        const answers = type === 'A' ? [{ type, name, ttl: 0, data: address }] : []
        socket.send(
          packet.encode({ type: 'response', id: id ?? 0, flags: 0x0180, questions, answers }),
          peerPort,
          peer,
        )
      },
    },
  })

const run = async (argv: string[]) => {
  const child = Bun.spawn(argv, { stdout: 'pipe', stderr: 'pipe' })
  const out = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text())
  return { code: await child.exited, out }
}
const lookUp = async (name: string) =>
  (await run(['timeout', '10', 'getent', 'ahostsv4', name])).out.split(/\s/)[0]

await serve('meshbox', '10.50.0.1', 8053, '192.0.2.10')
await serve('former', '10.50.0.2', 53, '192.0.2.99')
const lookups = openHostLookups({ store: openStore('/var/look-ups.db'), log: silentLog, run })
const status = await lookups.apply({
  mode: mode === 'off' ? 'off' : 'auto',
  domain: 'mesos',
  address: '10.50.0.1',
  port: 8053,
  forwards: true,
})
const found: (string | undefined)[] = []
for (const name of names) found.push(await lookUp(name))
process.stdout.write(JSON.stringify({ status, found, asked }))
if (mode === 'crash') process.kill(process.pid, 'SIGKILL')
process.exit(0)
