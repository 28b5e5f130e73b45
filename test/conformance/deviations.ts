import type { Asking, Reply } from './wire.ts'

/** What was recorded of one reply; sections may hold what varied. */
export type Recorded = Record<string, unknown> & {
  answer?: unknown
  authority?: unknown
  rcode?: string
  noReply?: boolean
}

export type Difference = {
  /** The part of the reply that differs: `rcode`, `answer`, `aa` … */
  part: string
  asking: Asking
  got: Reply
  want: Recorded
  apex: string
  /** The SOA as it must stand in a negative answer. */
  apexSoa: string
}

export type Deviation = {
  /** Section of the description of the original. */
  spec: string
  rfc: string
  why: string
  instead: string
  /** The test that shows both behaviours: `<file>: <name>`. */
  shownBy: string
  covers(difference: Difference): boolean
}

const empty = (section: unknown) => Array.isArray(section) && section.length === 0
const texts = (section: unknown): string[] => {
  if (Array.isArray(section)) return section.map(String)
  return typeof section === 'object' && section !== null && 'from' in section ? texts(section.from) : []
}
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
/** A name with an empty label in front is no name: on the wire it becomes the root, and bytes that nobody meant. */
const inDomain = ({ asking, apex }: Difference) => {
  const name = (asking.name ?? '').toLowerCase().replace(/\.?$/, '.')
  return !/^\.|\.\./.test(name) && `.${name}`.endsWith(`.${apex}`)
}
const isApex = ({ asking, apex }: Difference) =>
  (asking.name ?? '').toLowerCase().replace(/\.?$/, '.') === apex
const isDenial = ({ got, apexSoa }: Difference) => empty(got.answer) && same(got.authority, [apexSoa])
const replay = 'test/conformance/replay.test.ts'

/** Every way in which we answer otherwise than the original, on purpose. */
export const deviations: Record<string, Deviation> = {
  'negative-answers': {
    spec: '8.2',
    rfc: 'RFC 2308 sections 2 and 3',
    why: 'the original puts the asked name as owner of the SOA, has the TTL as its minimum, and says nothing at all for SRV, so that nobody can remember the answer',
    instead:
      'every negative answer carries the SOA of the domain with SOAMinttl; SRV, SOA and NS of a name that does not exist are NXDOMAIN',
    shownBy: `${replay}: 17-dns-protocol`,
    covers: (d) =>
      (d.part === 'authority' && isDenial(d)) ||
      (d.part === 'rcode' &&
        isDenial(d) &&
        d.got.rcode === 'NXDOMAIN' &&
        d.want.rcode === 'NOERROR' &&
        empty(d.want.answer)),
  },
  'apex-records': {
    spec: '8.2',
    rfc: 'RFC 1034 section 4.3.2',
    why: 'the original answers SOA and NS of any name in the authority section, with an empty answer',
    instead: 'SOA and NS are answered, in the answer section, for the domain itself alone',
    shownBy: `${replay}: 17-dns-protocol`,
    covers: (d) =>
      isApex(d) &&
      ['SOA', 'NS', 'ANY'].includes(d.asking.type ?? '') &&
      d.got.rcode === 'NOERROR' &&
      d.got.aa === 1,
  },
  'any-sections': {
    spec: '8.2',
    rfc: 'RFC 1035 section 4.1.2',
    why: 'the original adds SOA and NS with the asked name as owner to the authority section of ANY',
    instead: 'ANY gives the records of the name, and nothing in authority',
    shownBy: `${replay}: 17-dns-protocol`,
    covers: (d) =>
      d.asking.type === 'ANY' &&
      ((d.part === 'authority' && empty(d.got.authority)) ||
        // What is not spent on the authority section is there for answers.
        (d.part === 'answer' &&
          texts(d.got.answer).every((record) => texts(d.want.answer).includes(record)))),
  },
  'empty-non-terminals': {
    spec: '8.2',
    rfc: 'RFC 8020 section 2',
    why: 'the original says NXDOMAIN for names that only exist as part of others, which denies everything below them',
    instead: 'they exist: NOERROR without data',
    shownBy: `${replay}: 17-dns-protocol`,
    covers: (d) =>
      d.part === 'rcode' && d.want.rcode === 'NXDOMAIN' && d.got.rcode === 'NOERROR' && isDenial(d),
  },
  'letter-case': {
    spec: '8.2',
    rfc: 'RFC 4343 section 4.1',
    why: 'the original lowers owners of addresses, which clients that check the case of their question refuse',
    instead: 'owners are spelled as they were asked',
    shownBy: `${replay}: 17-dns-protocol`,
    covers: (d) =>
      d.part === 'answer' &&
      !empty(d.got.answer) &&
      same(
        texts(d.got.answer).map((r) => r.toLowerCase()),
        texts(d.want.answer).map((r) => r.toLowerCase()),
      ),
  },
  edns: {
    spec: '8.2, 8.3',
    rfc: 'RFC 6891 sections 6 and 7',
    why: 'the original ignores OPT: no size, no version, no OPT in the answer',
    instead: 'sizes up to 1232 bytes are honoured, OPT is answered with OPT, other versions with BADVERS',
    shownBy: `${replay}: 18-truncation`,
    covers: (d) => {
      if (d.asking.edns === undefined || !d.got.edns) return false
      if ((d.asking.ednsVersion ?? 0) > 0) return d.got.rcode === 'BADVERS'
      return ['edns', 'tc', 'answer', 'additional'].includes(d.part)
    },
  },
  classes: {
    spec: '8.1',
    rfc: 'RFC 1035 section 3.2.4',
    why: 'the original gives Internet data for every class',
    instead: 'other classes are refused',
    shownBy: `${replay}: 17-dns-protocol`,
    covers: (d) => (d.asking.class ?? 'IN') !== 'IN' && d.got.rcode === 'REFUSED',
  },
  opcodes: {
    spec: '8.1',
    rfc: 'RFC 1035 section 4.1.1',
    why: 'the original answers every opcode like a query',
    instead: 'other opcodes get NOTIMP',
    shownBy: 'test/dns/protocol.test.ts: other opcodes get NOTIMP',
    covers: (d) => (d.asking.opcode ?? 0) !== 0 && d.got.rcode === 'NOTIMP',
  },
  'one-question': {
    spec: '8.1',
    rfc: 'RFC 9619 section 4',
    why: 'the original uses the first of several questions, and answers SERVFAIL to none',
    instead: 'a request has exactly one question, or gets FORMERR',
    shownBy: `${replay}: 17-dns-protocol`,
    covers: (d) =>
      (d.asking.questions !== undefined || d.asking.noQuestion === true || d.asking.raw !== undefined) &&
      d.got.rcode === 'FORMERR',
  },
  additional: {
    spec: '8.2, 8.3',
    rfc: 'RFC 2181 section 9, RFC 2782',
    why: 'the original draws one address of each target, and says TC when only additional records were left out',
    instead: 'all addresses of targets that fit, and TC only when an answer is missing',
    shownBy: `${replay}: 18-truncation`,
    covers: (d) =>
      (d.asking.type === 'SRV' || d.asking.type === 'ANY') &&
      ((d.part === 'additional' &&
        texts(d.want.additional).every(
          (r) => texts(d.got.additional).includes(r) || d.got.tc === 1 || texts(d.got.answer).length > 4,
        )) ||
        (d.part === 'tc' && d.got.tc === 0)),
  },
  'colons-in-names': {
    spec: '7.4, 7.5',
    rfc: 'RFC 2782',
    why: 'the original keeps a service as one text target:port and loses those whose target has a colon',
    instead: 'they are answered',
    shownBy: `${replay}: 05-discovery-names`,
    covers: (d) =>
      d.asking.type === 'SRV' &&
      (d.asking.name ?? '').includes(':') &&
      (d.part === 'additional' || (d.part === 'answer' && empty(d.want.answer))),
  },
  'ds-stays-here': {
    spec: '8.1',
    rfc: 'RFC 4035 section 3.1.4.1',
    why: 'the original sends DS questions for names of the domain to the upstream servers, which leaks them',
    instead: 'they are answered like any other type',
    shownBy: `${replay}: 17-dns-protocol`,
    covers: (d) => d.asking.type === 'DS' && inDomain(d) && d.got.aa === 1 && isDenial(d),
  },
  'long-labels': {
    spec: '7.5',
    rfc: 'RFC 1035 section 2.3.4',
    why: 'the original does not reply at all when a target has a label that is too long',
    instead: 'such a target is left out and counted, the rest is answered',
    shownBy: `${replay}: 10-names-rfc1123`,
    covers: (d) => d.part === 'noReply' && d.want.noReply === true && d.got.rcode === 'NOERROR',
  },
  'forwarder-flags': {
    spec: '8.4',
    rfc: 'RFC 1035 section 4.1.1',
    why: "the original hands the upstream's AA and RA on, and has RA 0 when no upstream answers",
    instead: 'we do recurse (RA 1), and have no authority over what others say (AA 0)',
    shownBy: `${replay}: 20-forwarding`,
    covers: (d) =>
      !inDomain(d) && ((d.part === 'ra' && d.got.ra === 1) || (d.part === 'aa' && d.got.aa === 0)),
  },
  'forwarder-sizes': {
    spec: '8.4',
    rfc: 'RFC 7766 section 5, RFC 6891 section 6.2.5',
    why: 'the original cuts replies of an upstream at 512 bytes and fails on them',
    instead: 'long replies are taken whole, and a client with too little room is told TC',
    shownBy: `${replay}: 20-forwarding`,
    covers: (d) =>
      !inDomain(d) && d.got.tc === 1 && empty(d.got.answer) && ['rcode', 'tc', 'answer'].includes(d.part),
  },
}

/** A case that the original does not survive, and we do. */
export const outcomes: Record<string, { spec: string; why: string }> = {
  'bad-entries': {
    spec: '3.4',
    why: 'one agent whose host does not resolve makes the original reject the whole state; here it costs that agent alone',
  },
}
