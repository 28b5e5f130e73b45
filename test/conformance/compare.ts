import type { Entry, Transfer } from './cases.ts'
import { type Difference, deviations, type Recorded } from './deviations.ts'
import { type Asking, ask, type Reply } from './wire.ts'

const parts = [
  'qr',
  'opcode',
  'aa',
  'tc',
  'rd',
  'ra',
  'ad',
  'cd',
  'rcode',
  'question',
  'answer',
  'authority',
  'additional',
  'edns',
] as const
const sections: readonly string[] = ['answer', 'authority', 'additional']

/** What a case has shown so far: unexplained differences, and the deviations that explained others. */
export type Findings = { unexplained: string[]; used: Set<string> }

export type Domain = { apex: string; apexSoa: string; allowed: string[] }

/** Asks as recorded and holds the reply against the recording; each part may differ by a named deviation alone. */
export async function compareDns(
  port: number,
  { query, response }: { query: Asking; response: Recorded },
  { apex, apexSoa, allowed }: Domain,
  findings: Findings,
): Promise<void> {
  const got = await ask(port, query, response.noReply ? 400 : 5000)
  const differing =
    Boolean(got.noReply) === Boolean(response.noReply)
      ? parts.filter((part) => !got.noReply && !agrees(part, got[part], response[part]))
      : (['noReply'] as const)
  for (const part of differing) {
    const difference: Difference = { part, asking: query, got, want: response, apex, apexSoa }
    const key = allowed.find((name) => deviations[name]?.covers(difference))
    if (key) findings.used.add(key)
    else
      findings.unexplained.push(
        `${JSON.stringify(query)} ${part}: got ${JSON.stringify(got[part as keyof Reply])}, recorded ${JSON.stringify(response[part])}`,
      )
  }
}

function agrees(part: string, got: unknown, want: unknown): boolean {
  if (typeof want === 'object' && want !== null && 'anyOf' in want && Array.isArray(want.anyOf))
    return want.anyOf.some((one) => equal(one, got))
  if (sections.includes(part) && Array.isArray(got)) return sectionAgrees(got.map(String), want)
  return equal(got, want ?? undefined)
}

/** A list, or so many distinct records out of one. */
function sectionAgrees(got: string[], want: unknown): boolean {
  if (Array.isArray(want)) return equal([...got].sort(), want.map(String).sort())
  if (typeof want !== 'object' || want === null || !('from' in want) || !('count' in want)) return false
  const from = Array.isArray(want.from) ? want.from.map(String) : []
  const [low, high] = Array.isArray(want.count)
    ? want.count.map(Number)
    : [Number(want.count), Number(want.count)]
  const fits = got.length >= (low ?? 0) && got.length <= (high ?? 0)
  return fits && new Set(got).size === got.length && got.every((record) => from.includes(record))
}

export function equal(a: unknown, b: unknown): boolean {
  return Bun.deepEquals(a, b)
}

/** Names and values sorted, the serial replaced, as recorded. */
export function normalTransfer(transfer: Transfer): Transfer {
  const sorted = (names: Record<string, string[]>) =>
    Object.fromEntries(
      Object.keys(names)
        .sort()
        .map((name) => [name, [...(names[name] ?? [])].sort()]),
    )
  const { As, AAAAs, SRVs } = transfer.Records
  return {
    ...transfer,
    Serial: 'SERIAL',
    Records: { As: sorted(As), AAAAs: sorted(AAAAs), SRVs: sorted(SRVs) },
  }
}

/** Entries in any order, with drawn addresses out of those recorded. */
export function entriesAgree(got: Entry[], want: Entry[]): boolean {
  const left = [...want]
  for (const entry of got) {
    const at = left.findIndex(
      ({ ip, ipOneOf, ...rest }) =>
        rest.host === entry.host &&
        rest.port === entry.port &&
        rest.service === entry.service &&
        (ipOneOf ? ipOneOf.includes(entry.ip ?? '') : ip === entry.ip),
    )
    if (at < 0) return false
    left.splice(at, 1)
  }
  return left.length === 0
}
