/** Machines of one test network: a network namespace each, joined by a bridge in a namespace of its own (root only). */
export type Network = {
  /** 10.77.0.1, 10.77.0.2, …; or fd77::1, fd77::2, … */
  addressOf(index: number): string
  /** A command line that runs inside machine `index`. */
  inside(index: number, argv: string[]): string[]
  /** Packets from `from` no longer reach `to`; the way back stays open. */
  cut(from: number, to: number): void
  mend(from: number, to: number): void
  /** Puts a machine behind a router with an address of its own; the router forwards every port of `addressOf(index)`. */
  hide(index: number): void
  /** Every process in the machine, whoever started it. */
  pidsIn(index: number): number[]
  remove(): void
}

/** Behind a router; each has its own, so the addresses may be the same. */
const hiddenNet = '192.168.7.'

export function makeNetwork(machines: number, { ipv6 = false } = {}): Network {
  const [subnet, bits, whole] = ipv6 ? ['fd77::', 64, 128] : ['10.77.0.', 24, 32]
  const id = `mb${Math.floor(Math.random() * 0xffff).toString(16)}`
  const bridge = `${id}-br`
  const nameOf = (index: number) => `${id}-${index}`
  const routers: string[] = []
  const addressOf = (index: number) => `${subnet}${index + 1}`

  ip('netns', 'add', bridge)
  ip('-n', bridge, 'link', 'add', 'br0', 'type', 'bridge')
  ip('-n', bridge, 'link', 'set', 'br0', 'up')
  for (let index = 0; index < machines; index++) {
    const name = nameOf(index)
    ip('netns', 'add', name)
    ip('-n', name, 'link', 'set', 'lo', 'up')
    plug(name, addressOf(index), `port${index}`)
  }

  function plug(name: string, address: string, port: string): void {
    ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', bridge)
    ip('-n', bridge, 'link', 'set', port, 'master', 'br0')
    ip('-n', bridge, 'link', 'set', port, 'up')
    ip('-n', name, 'addr', 'add', `${address}/${bits}`, 'dev', 'eth0', ...(ipv6 ? ['nodad'] : []))
    ip('-n', name, 'link', 'set', 'eth0', 'up')
  }

  return {
    addressOf,
    inside: (index, argv) => ['ip', 'netns', 'exec', nameOf(index), ...argv],
    cut: (from, to) => ip('-n', nameOf(from), 'route', 'add', 'blackhole', `${addressOf(to)}/${whole}`),
    mend: (from, to) => ip('-n', nameOf(from), 'route', 'del', 'blackhole', `${addressOf(to)}/${whole}`),
    hide(index) {
      const [name, router] = [nameOf(index), `${id}-nat${index}`]
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
    pidsIn: (index) => ip('netns', 'pids', nameOf(index)).split('\n').filter(Boolean).map(Number),
    remove() {
      for (let index = 0; index < machines; index++) ip('netns', 'del', nameOf(index))
      for (const router of routers) ip('netns', 'del', router)
      ip('netns', 'del', bridge)
    },
  }
}

function ip(...argv: string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(['ip', ...argv])
  if (exitCode !== 0) throw new Error(`ip ${argv.join(' ')}: ${stderr.toString().trim()}`)
  return stdout.toString()
}
