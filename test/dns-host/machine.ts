import nodeFs, {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Fs } from '../../src/dns/host/disk.ts'
import type { Run } from '../../src/dns/host/facts.ts'
import { type HostLookups, openHostLookups } from '../../src/dns/host/open.ts'
import type { Wanted } from '../../src/dns/host/wanted.ts'
import { silentLog } from '../../src/log.ts'
import { openStore } from '../../src/store.ts'

export const auto: Wanted = { mode: 'auto', domain: 'mesos', address: '10.0.0.1', port: 53, forwards: true }
export const off: Wanted = { ...auto, mode: 'off' }

/** `step`: the effect (counted from 0) at which everything ends; half: in the middle of it, where there is one. */
export type Crash = { step: number; when: 'before' | 'half' | 'after' }

/** A machine in a folder: its files, and what its programs would do. */
export type Machine = {
  path(name: string): string
  put(name: string, content: string | Buffer, mode?: number): void
  link(name: string, target: string): void
  text(name: string): string
  /** Every entry of /etc with its bytes, mode, owner or target. */
  etc(): string[]
  /** The commands that were run, those that only ask left out. */
  ran: string[]
  /** What programs answer, by the command as typed; others are not there. */
  programs: Map<string, (argv: string[]) => { code: number; out: string }>
  /** This path is a mount point: nothing can be renamed over it. */
  mounted: string | undefined
  /** Starts meshbox on this machine; with a crash, everything that it does after that fails. */
  start(crash?: Crash): HostLookups & { stop(): void; effects(): number }
  remove(): void
}

const mutating = new Set<string>([
  'writeSync',
  'ftruncateSync',
  'fchmodSync',
  'fchownSync',
  'lchownSync',
  'symlinkSync',
  'renameSync',
  'rmSync',
  'mkdirSync',
  'rmdirSync',
])

export function makeMachine(): Machine {
  const top = mkdtempSync(join(tmpdir(), 'meshbox-host-'))
  const root = join(top, 'root')
  mkdirSync(join(root, 'etc'), { recursive: true })
  const machine: Machine = {
    path: (name) => root + name,
    put(name, content, mode = 0o644) {
      mkdirSync(dirname(root + name), { recursive: true })
      writeFileSync(root + name, content)
      chmodSync(root + name, mode)
    },
    link: (name, target) => symlinkSync(target, root + name),
    text: (name) => readFileSync(root + name, 'latin1'),
    etc: () => entriesOf(root, '/etc'),
    ran: [],
    programs: new Map(),
    mounted: undefined,
    start: (crash) => start(machine, root, join(top, 'store.db'), crash),
    remove: () => rmSync(top, { recursive: true, force: true }),
  }
  return machine
}

function start(machine: Machine, root: string, storePath: string, crash: Crash | undefined) {
  const store = openStore(storePath)
  let effects = 0
  let crashed = false
  const end = (): never => {
    crashed = true
    store.close()
    throw new Error('crashed')
  }
  /** One effect, or the end in, before or after it. */
  const effect = <T>(act: () => T, half?: () => void): T => {
    if (crashed) throw new Error('crashed')
    if (effects++ !== crash?.step) return act()
    if (crash.when === 'half') half?.()
    if (crash.when !== 'after') return end()
    act()
    return end()
  }
  const fs: Fs = new Proxy<Fs>(nodeFs, {
    get(target, name, receiver) {
      const call: unknown = Reflect.get(target, name, receiver)
      if (typeof call !== 'function' || !mutating.has(String(name))) return call
      return (...args: unknown[]) => {
        if (name === 'renameSync' && machine.mounted !== undefined && args[1] === root + machine.mounted)
          throw Object.assign(new Error('EBUSY: resource busy or locked'), { code: 'EBUSY' })
        const half = () => {
          const [file, bytes, offset, length, position] = args
          if (name === 'writeSync') call(file, bytes, offset, Math.floor(Number(length) / 2), position)
        }
        return effect(() => call(...args), half)
      }
    },
  })
  const run: Run = async (argv) => {
    if (crashed) throw new Error('crashed')
    const typed = argv.join(' ')
    const found = [...machine.programs].find(([start]) => typed.startsWith(start))
    if (!found) return { code: 127, out: `${argv[0]}: not found` }
    const asks = /^(systemctl (is-active|--version)|resolvectl status|resolvconf --version)/.test(typed)
    if (asks) return found[1](argv)
    return effect(() => {
      machine.ran.push(typed)
      return found[1](argv)
    })
  }
  const lookups = openHostLookups({ store, log: silentLog, root, run, fs })
  return {
    status: lookups.status,
    async apply(wanted: Wanted) {
      const status = await lookups.apply(wanted)
      if (crashed) throw new Error('crashed')
      return status
    },
    effects: () => effects,
    stop() {
      if (!crashed) store.close()
    },
  }
}

function entriesOf(root: string, folder: string): string[] {
  return readdirSync(root + folder)
    .sort()
    .flatMap((name) => {
      const path = `${folder}/${name}`
      const stat = lstatSync(root + path)
      const owner = `${stat.uid}:${stat.gid}`
      if (stat.isSymbolicLink()) return [`${path} → ${readlinkSync(root + path)} ${owner}`]
      if (stat.isDirectory()) return [`${path}/`, ...entriesOf(root, path)]
      return [`${path} ${(stat.mode & 0o7777).toString(8)} ${owner} ${readFileSync(root + path, 'base64')}`]
    })
}

const ok = { code: 0, out: '' }

/**
 * Gives a machine systemd-resolved. It asks the servers of its drop-ins, as they were when it was last restarted, and those
 * of the link that there is.
 */
export function addResolved(machine: Machine, version = 252): { asks: () => string; reboot: () => void } {
  let delegated = ''
  let link: Map<string, string> | undefined
  const restart = () => {
    delegated = entriesOf(machine.path(''), '/etc')
      .filter((line) => /\.(conf|dns-delegate) /.test(line) && line.startsWith('/etc/systemd/'))
      .map((line) => Buffer.from(line.split(' ').at(-1) ?? '', 'base64').toString())
      .join('')
    return ok
  }
  const setLink = (what: string, value: string) => {
    if (!link) return { code: 1, out: 'No such device' }
    link.set(what, value)
    return ok
  }
  machine.programs.set('sh -c ip link show dev meshbox0 >/dev/null 2>&1 || ip link add', () => {
    link ??= new Map()
    return ok
  })
  machine.programs.set('sh -c ! ip link show dev meshbox0 >/dev/null 2>&1 || ip link delete', () => {
    link = undefined
    return ok
  })
  machine.programs.set('ip ', (argv) => setLink(argv.slice(0, 2).join(' '), argv.join(' ')))
  machine.programs.set('sh -c n=0', (argv) => setLink('domain', argv.at(-1) ?? ''))
  for (const what of ['dns', 'dnssec', 'dnsovertls', 'llmnr', 'mdns'])
    machine.programs.set(`resolvectl ${what} meshbox0`, (argv) => setLink(what, argv.at(-1) ?? ''))
  machine.put(
    '/run/systemd/resolve/stub-resolv.conf',
    'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n',
  )
  machine.link('/etc/resolv.conf', '../run/systemd/resolve/stub-resolv.conf')
  machine.programs.set('systemctl is-active', () => ok)
  machine.programs.set('systemctl --version', () => ({
    code: 0,
    out: `systemd ${version} (${version}.1)\n+PAM`,
  }))
  machine.programs.set('systemctl restart', restart)
  machine.programs.set('systemctl try-restart', restart)
  machine.programs.set('resolvectl status', () => ({
    code: 0,
    out: 'Global\n       Protocols: +LLMNR +mDNS -DNSOverTLS DNSSEC=no/unsupported\n\nLink 2 (eth0)\n    Protocols: DNSSEC=yes\n',
  }))
  return {
    asks() {
      const up = ['ip link', 'ip address', 'domain'].every((what) => link?.has(what))
      return up ? `${delegated}${link?.get('domain')} ${link?.get('dns')}` : delegated
    },
    reboot() {
      link = undefined
      restart()
    },
  }
}

/** Gives a machine Debian's resolvconf, with one record of a network. */
export function addResolvconf(machine: Machine): { records: Map<string, string> } {
  const records = new Map([['eth0.dhclient', 'nameserver 192.0.2.1\n']])
  const update = () => {
    const sorted = [...records].sort(
      ([one], [other]) => Number(other.startsWith('lo.')) - Number(one.startsWith('lo.')),
    )
    machine.put(
      '/run/resolvconf/resolv.conf',
      `# Dynamic resolv.conf(5) file\n${sorted.map(([, text]) => text).join('')}`,
    )
    return ok
  }
  update()
  machine.link('/etc/resolv.conf', '../run/resolvconf/resolv.conf')
  machine.programs.set('resolvconf --version', () => ({ code: 0, out: 'Debian resolvconf 1.91\n' }))
  machine.programs.set('sh -c', (argv) => {
    records.set(argv.at(-1) ?? '', argv[4] ?? '')
    return update()
  })
  machine.programs.set('resolvconf -d', ([, , name = '']) => {
    records.delete(name)
    return update()
  })
  return { records }
}
