import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { type Cable, makeCable } from './cable.ts'
import { ip } from './ip.ts'

/** Machines of one test network: a network namespace each, joined by a bridge in a namespace of its own (root only). */
export type Network = {
  /** 10.77.0.1, 10.77.0.2, …; or fd77::1, fd77::2, … */
  addressOf(index: number): string
  /** What every machine calls machine `index` in its file of hosts. */
  hostOf(index: number): string
  /** The namespace of machine `index`. */
  nameOf(index: number): string
  /** A command line that runs inside machine `index`. */
  inside(index: number, argv: string[]): string[]
  /** Packets from `from` no longer reach `to`, until each cut is mended; the way back stays open. */
  cut(from: number, to: number): void
  mend(from: number, to: number): void
  /** Puts a machine behind a router with an address of its own; the router forwards every port of `addressOf(index)`. */
  hide(index: number): void
  /** For loss, delay and duplicates. */
  cable(index: number): Cable
  /** Every process in the machine, whoever started it. */
  pidsIn(index: number): number[]
  remove(): Promise<void>
}

/** Behind a router; each has its own, so the addresses may be the same. */
const hiddenNet = '192.168.7.'
/** Frames to a hardware address that nobody has are lost without a word, as on a broken wire: a route would tell the sender. */
const nobody = '02:00:00:00:00:01'

export function makeNetwork(machines: number, { ipv6 = false } = {}): Network {
  const [subnet, bits] = ipv6 ? ['fd77::', 64] : ['10.77.0.', 24]
  const id = `mb${Math.floor(Math.random() * 0xffff).toString(16)}`
  const bridge = `${id}-br`
  const nameOf = (index: number) => `${id}-${index}`
  const routers: string[] = []
  const routerOf = (index: number) => `${id}-nat${index}`
  const addressOf = (index: number) => `${subnet}${index + 1}`

  const hostOf = (index: number) => `m${index + 1}.test`
  const hosts = [
    ...['127.0.0.1 localhost', '::1 localhost'],
    ...Array.from({ length: machines }, (_, index) => `${addressOf(index)} ${hostOf(index)}`),
    '',
  ].join('\n')
  ip('netns', 'add', bridge)
  ip('-n', bridge, 'link', 'add', 'br0', 'type', 'bridge')
  ip('-n', bridge, 'link', 'set', 'br0', 'up')
  for (let index = 0; index < machines; index++) {
    const name = nameOf(index)
    ip('netns', 'add', name)
    ip('-n', name, 'link', 'set', 'lo', 'up')
    plug(name, addressOf(index), `port${index}`)
    // `ip netns exec` lays it over the one of this machine.
    mkdirSync(`/etc/netns/${name}`, { recursive: true })
    writeFileSync(`/etc/netns/${name}/hosts`, hosts)
  }

  function plug(name: string, address: string, port: string): void {
    ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', bridge)
    ip('-n', bridge, 'link', 'set', port, 'master', 'br0')
    ip('-n', bridge, 'link', 'set', port, 'up')
    ip('-n', name, 'addr', 'add', `${address}/${bits}`, 'dev', 'eth0', ...(ipv6 ? ['nodad'] : []))
    ip('-n', name, 'link', 'set', 'eth0', 'up')
  }

  /** Where a machine's own frames enter the network. */
  const edgeOf = (index: number) => routers.find((name) => name === routerOf(index)) ?? nameOf(index)
  const neighbour = (index: number) => [addressOf(index), 'dev', 'eth0']
  /** Two faults may cut the same way. */
  const cuts: string[] = []
  const cables = Array.from({ length: machines }, (_, index) => makeCable(nameOf(index), bridge, index))
  return {
    addressOf,
    hostOf,
    nameOf,
    cable(index) {
      const cable = cables[index]
      if (!cable) throw new Error(`there is no machine ${index + 1}`)
      return cable
    },
    inside: (index, argv) => ['ip', 'netns', 'exec', nameOf(index), ...argv],
    hide(index) {
      const [name, router] = [nameOf(index), routerOf(index)]
      routers.push(router)
      ip('netns', 'add', router)
      ip('-n', name, 'link', 'del', 'eth0')
      plug(router, addressOf(index), `nat${index}`)
      ip('-n', router, 'link', 'add', 'inner', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
      ip('-n', router, 'addr', 'add', `${hiddenNet}1/24`, 'dev', 'inner')
      ip('-n', router, 'link', 'set', 'inner', 'up')
      ip('-n', name, 'addr', 'add', `${hiddenNet}2/24`, 'dev', 'eth0')
      ip('-n', name, 'link', 'set', 'eth0', 'up')
      ip('-n', name, 'route', 'add', 'default', 'via', `${hiddenNet}1`)
      const inside = ['netns', 'exec', router]
      ip(...inside, 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
      const nat = (...rule: string[]) => ip(...inside, 'iptables', '-t', 'nat', '-A', ...rule)
      nat('PREROUTING', '-d', addressOf(index), '-j', 'DNAT', '--to-destination', `${hiddenNet}2`)
      nat('POSTROUTING', '-s', `${hiddenNet}0/24`, '-j', 'MASQUERADE')
    },
    cut(from, to) {
      cuts.push(`${from} ${to}`)
      ip('-n', edgeOf(from), 'neigh', 'replace', ...neighbour(to), 'nud', 'permanent', 'lladdr', nobody)
    },
    mend(from, to) {
      const way = `${from} ${to}`
      const at = cuts.indexOf(way)
      if (at >= 0) cuts.splice(at, 1)
      if (!cuts.includes(way)) ip('-n', edgeOf(from), 'neigh', 'del', ...neighbour(to))
    },
    pidsIn: (index) => ip('netns', 'pids', nameOf(index)).split('\n').filter(Boolean).map(Number),
    async remove() {
      for (const cable of cables) await cable.repair()
      for (let index = 0; index < machines; index++) {
        ip('netns', 'del', nameOf(index))
        rmSync(`/etc/netns/${nameOf(index)}`, { recursive: true, force: true })
      }
      for (const router of routers) ip('netns', 'del', router)
      ip('netns', 'del', bridge)
    },
  }
}
