import { exitCode, MeshboxError, misuse } from '../../../error.ts'
import { timeOf } from '../../../supervisor/log/time.ts'
import { agentClient } from '../../api/client.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Input, Run } from '../command.ts'
import { spanMs } from '../seconds.ts'
import { endSignal } from '../signals.ts'

export const logs: Run = async (input, screen) => {
  const [name = ''] = input.args
  const since = readSince(input, Date.now())
  const query = new URLSearchParams({
    lines: String(readLines(input, since === undefined ? 100 : 100_000)),
    ...(since === undefined ? {} : { since: String(since) }),
    follow: input.given('follow') ? '1' : '0',
  })
  const ending = new AbortController()
  void endSignal().then(() => ending.abort())
  const node = input.text('node')
  const agent = agentClient(foldersAt(input.text('data-dir')), node)
  try {
    const text = agent.text(`/v1/logs/${encodeURIComponent(name)}?${query}`, ending.signal)
    if (input.given('json')) await eachLine(text, (line) => screen.write(lineOf(line, name, node)))
    else for await (const piece of text) screen.write(piece)
    if (input.given('follow')) throw over(name, node)
  } catch (error) {
    if (!ending.signal.aborted) throw error
  }
  return exitCode.ok
}

/** As a line of JSON, with when it was written where it says so. */
function lineOf(line: string, service: string, machine: string | undefined): Uint8Array {
  const time = timeOf(line, Date.now())
  const at = time === undefined ? {} : { time: new Date(time).toISOString() }
  return Buffer.from(`${JSON.stringify({ service, ...(machine ? { machine } : {}), ...at, line })}\n`)
}

/** A letter may be cut in two between pieces. */
async function eachLine(text: AsyncIterable<Uint8Array>, say: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of text) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(say)
  }
  if (rest !== '') say(rest)
}

/** A log that is followed has no end. */
const over = (name: string, node: string | undefined) =>
  new MeshboxError({
    code: 'log-over',
    message: `cannot follow the log of ${name} any further: the agent${node === undefined ? '' : ` of ${node}`} has ended, or is not reached any more`,
    hint: '`meshbox status` tells how the cluster is; run it again when the machine is back',
  })

function readLines(input: Input, otherwise: number): number {
  const text = input.text('lines') ?? String(otherwise)
  if (/^\d{1,5}$|^100000$/.test(text)) return Number(text)
  throw misuse('log-lines', `cannot show "${text}" lines: it must be 0 to 100000`, 'write --lines 100')
}

/** Unix milliseconds: so long ago, or a time of its own. */
function readSince(input: Input, now: number): number | undefined {
  const text = input.text('since')
  if (text === undefined) return undefined
  const span = spanMs(text)
  if (span !== undefined) return now - span
  const time = Date.parse(text)
  if (Number.isFinite(time)) return time
  throw misuse(
    'log-since',
    `cannot read "${text}" as a time: it must be so long ago, or a date`,
    'write --since 10m, or --since 2026-11-23T05:00:00',
  )
}
