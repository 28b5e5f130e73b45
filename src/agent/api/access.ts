import { isIP } from 'node:net'
import type { Refusal } from './problem.ts'

/** Where a request came from. */
export type Caller =
  /** The Unix socket, which is for the user of the agent alone. */
  { kind: 'socket' } | { kind: 'loopback' } | { kind: 'remote'; address: string }

export type Bindings = {
  caller: Caller
  /** It came over TLS. */
  secure?: boolean
  /** Where TLS is spoken, if anywhere. */
  tlsPort?: number | undefined
  /** What is answered may take long, or never end. */
  patiently?: () => void
}

/** What somebody may do: `change` includes `read`. */
export type Scope = 'read' | 'change'

/** A token that came with the request: in the header of a program, or in the cookie of a browser. */
export type Shown = { by: 'header' | 'cookie'; scope: Scope | undefined }

export type Asking = {
  caller: Caller
  method: string
  /** The header `Host`. */
  host: string | undefined
  origin: string | undefined
  /** `Sec-Fetch-Site` and `Sec-Fetch-Mode`: browsers tell with them who sent it (W3C Fetch Metadata). */
  site: string | undefined
  mode: string | undefined
  /** It came in the clear though there is TLS. */
  clear: boolean
  shown: Shown | undefined
}

export type Rules = {
  /** Host names under which the machine is called; addresses and `localhost` always are. */
  hosts: readonly string[]
  mayRead: (address: string) => boolean
  /** Whether the cluster has a key. */
  keyed: boolean
}

const isReading = (method: string) => method === 'GET' || method === 'HEAD'

/**
 * Whether a request may come through. A browser lends its user's rights to every page that is open in it, so what it
 * sends for another page is refused first: under a foreign name (DNS rebinding), or from a foreign page (CSRF).
 */
export function decideAccess(asking: Asking, rules: Rules): Refusal | undefined {
  if (asking.caller.kind === 'socket') return undefined
  return decideEntry(asking, rules) ?? lackingRight(asking, rules)
}

/** Whether it may be looked at at all, whatever rights it has. */
export function decideEntry(asking: Asking, rules: Rules): Refusal | undefined {
  return inTheClear(asking) ?? foreignName(asking, rules) ?? foreignPage(asking)
}

/** Where there is a certificate, tokens and what they open are for TLS alone. */
function inTheClear({ clear, caller }: Asking): Refusal | undefined {
  if (!clear || caller.kind !== 'remote') return undefined
  return {
    status: 403,
    code: 'tls-needed',
    detail: 'cannot answer in the clear: this machine has a certificate',
    hint: 'use https:// and the port of api.tls.port',
  }
}

/** A name that somebody has let point here brings a page of theirs, which has no token of ours to send. */
function foreignName({ host, shown }: Asking, { hosts }: Rules): Refusal | undefined {
  if (shown?.by === 'header' && shown.scope) return undefined
  const name = nameIn(host ?? '')
  if (isIP(name) !== 0 || name === 'localhost' || hosts.includes(name)) return undefined
  return {
    status: 421,
    code: 'host-foreign',
    detail: `cannot answer for "${name}": it is no name of this machine`,
    hint: 'ask it by its address, or add the name to api.hosts in the document',
  }
}

/** A link that somebody follows comes from anywhere; it reads, and the page that it is on does not see the answer. */
function foreignPage({ method, mode, site, origin, host, shown }: Asking): Refusal | undefined {
  const link = isReading(method) && mode === 'navigate'
  const isOther = origin !== undefined && !sameHost(origin, host ?? '')
  const isForeign = isOther || site === 'cross-site' || site === 'same-site'
  // A browser names the page with everything that changes something.
  const isSilent = shown?.by === 'cookie' && !isReading(method) && origin === undefined
  if (link || !(isForeign || isSilent)) return undefined
  return {
    status: 403,
    code: 'page-foreign',
    detail: 'cannot answer what another page asks for',
    hint: 'open the page of this machine itself',
  }
}

function lackingRight({ caller, method, shown }: Asking, { mayRead, keyed }: Rules): Refusal | undefined {
  const remote = caller.kind === 'remote'
  if (isReading(method)) {
    if (shown?.scope || !remote || mayRead(caller.address)) return undefined
    return {
      status: 401,
      code: shown ? 'token-refused' : 'token-needed',
      detail: shown ? unknown : 'cannot read without a token from another machine',
      hint: tokenHint('read'),
    }
  }
  if (shown?.scope !== 'change')
    return {
      status: shown?.scope ? 403 : 401,
      code: shown?.scope ? 'token-read' : shown ? 'token-refused' : 'token-needed',
      detail: shown?.scope
        ? 'cannot change anything with a token for reading'
        : shown
          ? unknown
          : 'cannot change anything without a token but through the Unix socket',
      hint: tokenHint('change'),
    }
  if (keyed || !remote) return undefined
  return {
    status: 403,
    code: 'cluster-open',
    detail: 'cannot change anything from another machine: this cluster has no key',
    hint: 'run it on that machine itself; docs/security.md tells of clusters with a key',
  }
}

const unknown = 'cannot take the token: it is unknown, revoked or has run out'
/** For people who have none yet: where this agent keeps its files is not for them. */
const tokenHint = (scope: Scope) =>
  `make a token on a machine of the cluster: \`meshbox token create --api ${scope}\``

/** `Host` without its port and brackets, in small letters. */
function nameIn(host: string): string {
  const [, v6, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
  return (v6 ?? name ?? '').toLowerCase().replace(/\.$/, '')
}

function sameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}
