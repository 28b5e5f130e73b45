import type { Disk, Entry } from './disk.ts'
import { resolvConfPath } from './wanted.ts'

/** Runs a program without a shell. A program that is not there: code 127, or a rejection. */
export type Run = (argv: string[]) => Promise<{ code: number; out: string }>

/** systemd-resolved as it runs, without anything of meshbox in it. */
export type Resolved = {
  version: number
  /** Answers without signatures are not believed, whatever the server. */
  dnssec: boolean
  /** Servers are asked over TLS only. */
  tls: boolean
}

/** All that the choice depends on. */
export type Facts = {
  resolvConf:
    | { kind: 'absent' }
    | { kind: 'file'; text: string }
    /** `text` is missing when the link leads nowhere. */
    | { kind: 'link'; target: string; text?: string }
    | { kind: 'other' }
  /** `mute`: it runs, and does not say how it is set up. */
  resolved: Resolved | 'mute' | undefined
  /** The C library asks systemd-resolved itself, whatever resolv.conf says. */
  nssResolve: boolean
  /** `localForwarder`: it sets up a server on this machine that can ask different servers for different domains. */
  resolvconf: { flavour: 'debian' | 'openresolv'; localForwarder: boolean } | undefined
}

/** Looks at the machine; changes nothing. */
export async function gatherFacts(disk: Disk, run: Run): Promise<Facts> {
  const [resolved, resolvconf] = [await askResolved(run), await askResolvconf(disk, run)]
  const nssResolve = /^hosts:.*\bresolve\b/m.test(textAt(disk, '/etc/nsswitch.conf'))
  return { resolvConf: readResolvConf(disk), resolved, nssResolve, resolvconf }
}

function readResolvConf(disk: Disk): Facts['resolvConf'] {
  const entry = disk.read(resolvConfPath)
  if (entry.kind === 'file') return { kind: 'file', text: textOf(entry) }
  if (entry.kind !== 'link') return entry
  const { path, entry: end } = disk.follow(resolvConfPath)
  const target = path.replace(/^\/var\/run\//, '/run/')
  return end.kind === 'file' ? { kind: 'link', target, text: textOf(end) } : { kind: 'link', target }
}

async function askResolved(run: Run): Promise<Facts['resolved']> {
  const active = await tryRun(run, ['systemctl', 'is-active', '--quiet', 'systemd-resolved.service'])
  if (active.code !== 0) return undefined
  const [version, status] = [
    await tryRun(run, ['systemctl', '--version']),
    await tryRun(run, ['resolvectl', 'status']),
  ]
  if (version.code !== 0 || status.code !== 0) return 'mute'
  const shared = /^Global$([\s\S]*?)(?:^Link |(?![\s\S]))/m.exec(status.out)?.[1] ?? ''
  return {
    version: Number(/^systemd (\d+)/m.exec(version.out)?.[1] ?? 0),
    dnssec: /\bDNSSEC=yes\b/.test(shared),
    tls: /\+DNSOverTLS\b/.test(shared),
  }
}

async function askResolvconf(disk: Disk, run: Run): Promise<Facts['resolvconf']> {
  const { code, out } = await tryRun(run, ['resolvconf', '--version'])
  if (code === 127) return undefined
  if (/openresolv/i.test(out)) {
    const settings = textAt(disk, '/etc/resolvconf.conf')
    const local = /^\s*name_servers=["']?(?:127\.|::1)/m.test(settings)
    const subscriber = /^\s*(?:dnsmasq_conf|unbound_conf|named_zones|pdnsd_conf|pdns_zones)=./m.test(settings)
    return { flavour: 'openresolv', localForwarder: local && subscriber }
  }
  // Older ones do not tell their version.
  const debian =
    /Debian resolvconf/.test(out) || disk.follow('/etc/resolvconf/update.d').entry.kind === 'other'
  return debian ? { flavour: 'debian', localForwarder: false } : undefined
}

/** A program that cannot be started counts as one that is not there. */
export async function tryRun(run: Run, argv: string[]): Promise<{ code: number; out: string }> {
  try {
    return await run(argv)
  } catch (error) {
    return { code: 127, out: error instanceof Error ? error.message : String(error) }
  }
}

function textAt(disk: Disk, path: string): string {
  return textOf(disk.follow(path).entry)
}

/** Latin-1 keeps every byte as it is. */
export function textOf(entry: Entry): string {
  return entry.kind === 'file' ? entry.bytes.toString('latin1') : ''
}
