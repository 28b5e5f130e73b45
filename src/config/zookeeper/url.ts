import { isIP } from 'node:net'
import { misuse } from '../../error.ts'
import { joinHostPort } from '../address.ts'

export type Server = { host: string; port: number }

/** A ZooKeeper URL, taken apart. IPv6 hosts stand without brackets. */
export type ZkUrl = {
  servers: Server[]
  /** Digest credentials, as written before the `@`. */
  auth?: { user: string; password: string }
  /** Absolute, without a trailing slash, never `/` alone. */
  path: string
}

const defaultPort = 2181
const example = 'zk://10.0.0.1:2181,10.0.0.2:2181,10.0.0.3:2181/mesos'

function refuse(code: string, text: string, why: string): never {
  throw misuse(code, `cannot read ZooKeeper URL "${hidePassword(text)}": ${why}`, `write it like ${example}`)
}

/**
 * Reads `zk://[user:password@]host[:port],…/path`. A host is a name, an IPv4 address or an IPv6 address in brackets;
 * the port defaults to 2181; one trailing slash of the path is dropped.
 * @throws MeshboxError (exit 2) that names the part which is wrong
 */
export function parseZkUrl(text: string): ZkUrl {
  if (!text.startsWith('zk://')) refuse('zk-url-scheme', text, 'it must begin with zk://')
  const rest = text.slice('zk://'.length)
  if (rest.includes('zk://')) refuse('zk-url-scheme', text, 'zk:// stands once, before the first host')
  const slash = rest.indexOf('/')
  if (slash < 0) refuse('zk-url-path', text, 'it has no path; Mesos needs one, such as /mesos')
  const path = parsePath(text, rest.slice(slash))
  const authority = rest.slice(0, slash)
  const at = authority.lastIndexOf('@')
  const servers = authority
    .slice(at + 1)
    .split(',')
    .map((part) => parseServer(text, part))
  const names = servers.map(formatServer)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice) refuse('zk-url-twice', text, `${twice} stands there twice`)
  return { servers, path, ...(at < 0 ? {} : { auth: parseAuth(text, authority.slice(0, at)) }) }
}

function parsePath(text: string, raw: string): string {
  const path = raw.endsWith('/') ? raw.slice(0, -1) : raw
  if (path === '') refuse('zk-url-path', text, 'its path is "/"; Mesos needs one below it, such as /mesos')
  for (const part of path.slice(1).split('/')) {
    if (part === '') refuse('zk-url-path', text, 'its path has an empty part')
    if (part === '.' || part === '..') refuse('zk-url-path', text, `its path has a part "${part}"`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ZooKeeper itself forbids control characters in paths
    if (/[\u0000-\u0020\u007f-\u009f]/.test(part))
      refuse('zk-url-path', text, 'its path has a blank or control character')
  }
  return path
}

function parseAuth(text: string, raw: string): { user: string; password: string } {
  const colon = raw.indexOf(':')
  if (colon < 1) refuse('zk-url-credentials', text, 'what stands before the @ must be user:password')
  return { user: raw.slice(0, colon), password: raw.slice(colon + 1) }
}

function parseServer(text: string, part: string): Server {
  if (part === '') refuse('zk-url-host', text, 'it has an empty host')
  if (isIP(part) === 6) refuse('zk-url-host', text, `"${part}" needs brackets: [${part}]`)
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(part)
  if (!match) refuse('zk-url-host', text, `"${part}" is no host:port; put an IPv6 address in brackets`)
  const [, bracketed, plain, portText] = match
  const host = (bracketed ?? plain ?? '').toLowerCase()
  if (host === '') refuse('zk-url-host', text, 'it has an empty host')
  if (bracketed !== undefined && isIP(host) !== 6)
    refuse('zk-url-host', text, `"${bracketed}" is no IPv6 address`)
  if (bracketed === undefined && !isHost(host))
    refuse('zk-url-host', text, `"${plain}" is no host name or IP address`)
  return { host, port: portText === undefined ? defaultPort : parsePort(text, portText) }
}

/** A host name by RFC 1123 (underscores let pass, as resolvers do), or an IPv4 address. */
export function isHost(host: string): boolean {
  if (/^[\d.]+$/.test(host)) return isIP(host) === 4
  return host.length <= 253 && host.split('.').every((label) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(label))
}

function parsePort(text: string, portText: string): number {
  const port = Number(portText)
  if (!/^\d{1,5}$/.test(portText) || port < 1 || port > 65535) {
    refuse('zk-url-port', text, `port "${portText}" is not between 1 and 65535`)
  }
  return port
}

/** `host:port`, with brackets around IPv6. */
export function formatServer({ host, port }: Server): string {
  return joinHostPort(host, port)
}

/** The URL as text: for programs with the credentials, for people with `***` instead of the password. */
export function formatZkUrl(url: ZkUrl, secrets: 'show' | 'hide' = 'hide'): string {
  const password = secrets === 'show' ? url.auth?.password : '***'
  const auth = url.auth ? `${url.auth.user}:${password}@` : ''
  return `zk://${auth}${url.servers.map(formatServer).join(',')}${url.path}`
}

/** Whether two URLs say the same, whatever the order of their hosts. */
export function sameUrl(one: ZkUrl, other: ZkUrl): boolean {
  const sorted = (url: ZkUrl) => formatZkUrl({ ...url, servers: url.servers.toSorted(byName) }, 'show')
  const byName = (a: Server, b: Server) => (formatServer(a) < formatServer(b) ? -1 : 1)
  return sorted(one) === sorted(other)
}

function hidePassword(text: string): string {
  return text.replace(/^([a-z]+:\/\/[^:/@]*):[^@/]*@/, '$1:***@')
}
