import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import type { Machine } from './cluster.ts'

type Line = { time: string; msg: string; service?: string; state?: string; document?: { version: number } }

/** What its agent has logged. */
export const linesOf = (machine: Machine): Line[] =>
  readFileSync(join(machine.dataDir, 'log/meshbox.log'), 'utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))

/** Milliseconds from the write of the document to when each of the machines had read it, of several writes. */
export async function seenBy(machines: Machine[], rounds: number): Promise<number[]> {
  const [writer] = machines as [Machine]
  const times: number[] = []
  for (let round = 1; round <= rounds; round++) {
    await writer.meshbox('config', 'set', `dns.ttl=${60 + round}`)
    const history = JSON.parse((await writer.meshbox('config', 'history', '--json')).out)
    const { version, when } = history[0]
    for (const machine of machines) {
      const line = await until(systemClock, { everyMs: 100, timeoutMs: 60_000 }, () =>
        linesOf(machine).find(
          ({ msg, document }) => msg === 'shared document' && document?.version === version,
        ),
      )
      times.push(Date.parse(line?.time ?? '') - Date.parse(when))
    }
  }
  return times
}
