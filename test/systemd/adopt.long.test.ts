import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { ip } from '../cluster/ip.ts'
import { needsRoot } from '../root.ts'
import { type Host, makeHost } from './host.ts'
import { standIns } from './stand-ins.ts'

setDefaultTimeout(600_000)

/** Three that run an ensemble and masters of somebody else's, and two that are new. */
const names = ['m1', 'm2', 'm3', 'm4', 'm5'] as const
const addressOf = (at: number) => `10.78.0.${at + 1}`
const old = [0, 1, 2].map(addressOf)
const url = `zk://${old.map((address) => `${address}:2181`).join(',')}/mesos`
const bridge = 'mba-br'
const marker = '[{"role":"marker","weight":2.5}]'
const root = process.getuid?.() === 0
let hosts: Host[] = []

const java =
  '/usr/bin/java -Xmx256m -cp /usr/share/java/zookeeper.jar:/usr/share/java/slf4j-log4j12.jar:/usr/share/java/log4j-1.2.jar org.apache.zookeeper.server.quorum.QuorumPeerMain /srv/zoo.cfg'

/** Units of their own, and a list of servers that is static. */
const unitsOf = (at: number) => `
mkdir -p /srv/zookeeper /srv/master /srv/agent
echo ${at + 1} > /srv/zookeeper/myid
cat > /srv/zoo.cfg <<END
tickTime=1000
initLimit=20
syncLimit=5
dataDir=/srv/zookeeper
clientPort=2181
admin.enableServer=false
${old.map((address, index) => `server.${index + 1}=${address}:2888:3888`).join('\n')}
END
unit() {
  printf '[Service]\\nExecStart=%s\\nRestart=always\\nKillMode=%s\\n[Install]\\nWantedBy=multi-user.target\\n' "$3" "$2" > /lib/systemd/system/$1.service
}
unit oldzk control-group "${java}"
unit old-master process "/usr/sbin/mesos-master --zk=${url} --quorum=2 --work_dir=/srv/master --ip=${addressOf(at)} --hostname=${addressOf(at)} --cluster=oldtown"
unit old-slave process "/usr/sbin/mesos-slave --master=${url} --work_dir=/srv/agent --ip=${addressOf(at)} --hostname=${addressOf(at)}"
unit old-marathon process "/usr/sbin/marathon --master ${url} --zk ${url.replace('mesos', 'marathon')} --hostname ${addressOf(at)}"
systemctl daemon-reload
systemctl enable --quiet --now oldzk old-master old-slave old-marathon
`

function plugIn(host: Host, at: number): void {
  const pid = String(host.pid())
  ip('-n', bridge, 'link', 'add', `h${at}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pid)
  ip('-n', bridge, 'link', 'set', `h${at}`, 'master', 'br0', 'up')
}

beforeAll(async () => {
  if (!root) return
  ip('netns', 'add', bridge)
  ip('-n', bridge, 'link', 'add', 'br0', 'type', 'bridge')
  ip('-n', bridge, 'link', 'set', 'br0', 'up')
  hosts = await Promise.all(names.map(() => makeHost()))
  for (const [at, host] of hosts.entries()) {
    plugIn(host, at)
    await host.must('ip', 'addr', 'add', `${addressOf(at)}/24`, 'dev', 'eth0')
    await host.must('ip', 'link', 'set', 'eth0', 'up')
    await host.must('bash', '-ec', standIns)
  }
  await Promise.all(hosts.slice(0, 3).map((host, at) => host.must('bash', '-c', unitsOf(at))))
}, 300_000)

afterAll(async () => {
  if (!root) return
  for (const host of hosts) await host.remove()
  ip('netns', 'del', bridge)
}, 120_000)

const at = (index: number): Host => {
  const host = hosts[index]
  if (!host) throw new Error(`there is no machine ${index + 1}`)
  return host
}

const seen = async (what: string, look: () => Promise<boolean>) => {
  const found = await until(systemClock, { everyMs: 300, timeoutMs: 120_000 }, async () =>
    (await look()) ? true : undefined,
  )
  if (!found) throw new Error(`gave up waiting for ${what}`)
}

const weights = async (host: Host, address: string) =>
  (await host.run('curl', '-sL', '-m', '5', `http://${address}:5050/master/weights`)).out

const pidsOf = async (host: Host) =>
  Promise.all(
    ['QuorumPeerMain', '^/usr/sbin/mesos-master', '^/usr/sbin/mesos-slave', '^/usr/sbin/marathon'].map(
      async (words) => (await host.must('pgrep', '-f', words)).trim(),
    ),
  )

const voters = async (host: Host) => {
  const { controllers } = JSON.parse(await host.must('meshbox', 'controllers', 'list', '--json'))
  return controllers.flatMap(({ name, votes }: { name: string; votes: boolean }) => (votes ? [name] : []))
}

needsRoot(
  'three machines with an ensemble and masters of their own are adopted, and nothing of theirs is started anew',
  async () => {
    await seen('a master that takes weights', async () => {
      for (const address of old)
        await at(0).run('curl', '-sL', '-m', '5', '-X', 'PUT', '-d', marker, `http://${address}:5050/weights`)
      return (await weights(at(0), addressOf(0))) === marker
    })
    for (const [index, host] of hosts.slice(0, 3).entries()) {
      const before = await pidsOf(host)
      await host.must('meshbox', 'adopt', '--yes', '--name', `m${index + 1}`)
      expect(await pidsOf(host)).toEqual(before)
    }
    for (const host of hosts.slice(0, 3)) {
      const status = await host.waitFor('readiness', ({ ready }) => ready)
      expect(status.machines[0]?.services.map(({ adopted }) => adopted)).toEqual([true, true, true, true])
    }
    expect(await voters(at(0))).toEqual(['m1', 'm2', 'm3'])
  },
)

needsRoot(
  'two others join, and become controllers while writes go on: nothing that was acknowledged is lost, and the registry is as it was',
  async () => {
    for (const index of [3, 4])
      await at(index).must('meshbox', 'join', url, '--name', names[index] ?? '', '--timeout', '120')
    let last = 0
    let stopped = false
    const writing = (async () => {
      for (let value = 1; !stopped; value++)
        if ((await at(2).run('meshbox', 'config', 'set', `dns.ttl=${value}`)).code === 0) last = value
    })()
    const planned = await at(3).run('meshbox', 'controllers', 'add', 'm4', 'm5')
    expect(planned.err).toContain('1. m1 starts its ZooKeeper anew, by a list that can be changed')
    const added = await at(3).run('meshbox', 'controllers', 'add', 'm4', 'm5', '--yes')
    stopped = true
    await writing
    expect(added).toMatchObject({ code: 0 })
    for (const host of hosts) await host.waitFor('readiness', ({ ready }) => ready)
    expect(await voters(at(4))).toEqual([...names])
    expect(last).toBeGreaterThan(3)
    expect((await at(4).must('meshbox', 'config', 'get', 'dns.ttl')).trim()).toBe(String(last))
    expect(await weights(at(4), addressOf(4))).toBe(marker)
    for (const [index, host] of hosts.entries()) {
      const flags = await host.must('curl', '-s', `http://${addressOf(index)}:5050/flags`)
      expect(JSON.parse(flags).flags.quorum).toBe('3')
    }
  },
)
