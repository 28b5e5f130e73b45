import { afterAll, beforeAll, expect } from 'bun:test'
import type { Status } from '../../src/agent/status.ts'
import { needsRoot } from '../root.ts'
import { type Host, makeHost } from './host.ts'
import { standIns } from './stand-ins.ts'

let host: Host
const root = process.getuid?.() === 0

/** Units of their own for the stand-ins, under the names of the real programs. */
const machine = `
set -e
${standIns}
mkdir -p /srv/zookeeper /srv/master /srv/agent
useradd --system keeper
chown keeper: /srv/zookeeper
printf 'tickTime=2000\\ndataDir=/srv/zookeeper\\nclientPort=2181\\n4lw.commands.whitelist=*\\nadmin.enableServer=false\\n' > /srv/zoo.cfg
unit() {
  printf '[Service]\\nExecStart=%s\\nRestart=always\\nKillMode=%s\\n%s\\n[Install]\\nWantedBy=multi-user.target\\n' "$3" "$2" "$4" > /lib/systemd/system/$1.service
}
unit oldzk control-group "/usr/bin/java -Xmx256m -cp /usr/share/java/zookeeper.jar:/usr/share/java/slf4j-log4j12.jar:/usr/share/java/log4j-1.2.jar org.apache.zookeeper.server.quorum.QuorumPeerMain /srv/zoo.cfg" User=keeper
unit old-master process "/usr/sbin/mesos-master --zk=zk://127.0.0.1:2181/mesos --quorum=1 --work_dir=/srv/master --ip=127.0.0.1 --hostname=127.0.0.1 --cluster=oldtown"
unit old-slave process "/usr/sbin/mesos-slave --master=zk://127.0.0.1:2181/mesos --work_dir=/srv/agent --ip=127.0.0.1 --hostname=127.0.0.1 --attributes=rack:7"
unit old-marathon process "/usr/sbin/marathon --master zk://127.0.0.1:2181/mesos --zk zk://127.0.0.1:2181/marathon --hostname 127.0.0.1"
# One unit is the operator's own.
mv /lib/systemd/system/old-slave.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable --quiet --now oldzk
until echo srvr | timeout 1 bash -c 'exec 3<>/dev/tcp/127.0.0.1/2181; cat >&3; cat <&3' | grep -q Mode; do sleep 0.3; done
systemctl enable --quiet --now old-master old-slave old-marathon
until curl -sf -H 'content-type: application/json' -d '{"id":"/stays","cmd":"exec sleep 100000","cpus":0.1,"mem":16,"instances":1}' http://127.0.0.1:8080/v2/apps; do sleep 0.3; done
until pgrep -x -f 'sleep 100000'; do sleep 0.3; done
`

beforeAll(async () => {
  if (!root) return
  host = await makeHost()
  await host.must('bash', '-c', machine)
}, 120_000)
afterAll(async () => {
  if (root) await host.remove()
}, 60_000)

const pidOf = async (...words: string[]) => (await host.must('pgrep', ...words)).trim()
/** The task and the programs. */
const pids = async () => ({
  zookeeper: await pidOf('-f', 'QuorumPeerMain'),
  task: await pidOf('-x', '-f', 'sleep 100000'),
  master: await pidOf('-f', '^/usr/sbin/mesos-master'),
  agent: await pidOf('-f', '^/usr/sbin/mesos-slave'),
  marathon: await pidOf('-f', '^/usr/sbin/marathon'),
})
const services = (status: Status) => status.machines[0]?.services ?? []

let before: Awaited<ReturnType<typeof pids>>

needsRoot('--dry-run shows what would be taken over, and changes nothing', async () => {
  before = await pids()
  const { code, out, err } = await host.run('meshbox', 'adopt', '--dry-run')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/mesos-agent +\d+ +old-slave\.service +\/srv\/agent/)
  expect(out).toMatch(/zookeeper +\d+ +oldzk\.service +\/srv\/zookeeper/)
  expect(out).toContain('ZooKeeper: zk://127.0.0.1:2181/mesos')
  expect(out).toContain('attributes → mesos.agent.attributes: rack:7')
  expect(host.read('etc/systemd/system/old-master.service.d/50-meshbox.conf')).toBeUndefined()
  expect(host.read('var/lib/meshbox/meshbox.db')).toBeUndefined()
})

needsRoot('the programs go on as they are, under meshbox', async () => {
  await host.must('meshbox', 'adopt', '--yes')
  expect(await pids()).toEqual(before)
  const status = await host.waitFor('readiness', ({ ready }) => ready)
  expect(
    services(status)
      .map(({ name, pid, adopted }) => [name, String(pid), adopted])
      .sort(),
  ).toEqual([
    ['marathon', before.marathon, true],
    ['mesos-agent', before.agent, true],
    ['mesos-master', before.master, true],
    ['zookeeper', before.zookeeper, true],
  ])
  expect(status.cluster.name).toBe('oldtown')
  await host.must('systemctl', 'start', 'old-slave')
  expect(await pids()).toEqual(before)
  expect(await host.must('dig', '@127.0.0.1', '+short', 'stays.marathon.mesos')).toBe('127.0.0.1\n')
})

needsRoot('started anew by meshbox, mesos-agent has its old folder, and the task goes on', async () => {
  expect((await host.run('meshbox', 'service', 'restart', 'mesos-agent')).code).toBe(0)
  const now = await pids()
  expect(now.agent).not.toBe(before.agent)
  expect({ ...now, agent: '' }).toEqual({ ...before, agent: '' })
  const tasks = await host.must('curl', '-s', 'http://127.0.0.1:5050/master/state')
  expect(JSON.parse(tasks).frameworks[0].tasks).toMatchObject([
    { id: expect.stringContaining('stays'), state: 'TASK_RUNNING' },
  ])
})

needsRoot('ZooKeeper too: started anew by meshbox it has its data, its user and its memory', async () => {
  expect((await host.run('meshbox', 'service', 'restart', 'zookeeper')).code).toBe(0)
  await host.waitFor('readiness', ({ ready }) => ready)
  const now = await pids()
  expect(now.zookeeper).not.toBe(before.zookeeper)
  expect({ ...now, zookeeper: '', agent: '' }).toEqual({ ...before, zookeeper: '', agent: '' })
  const command = await host.must('ps', '-o', 'user:20,args', '-p', now.zookeeper)
  expect(command).toMatch(/\nkeeper .* -Xmx256m .*zookeeper\.db\.autocreate=false/)
  expect(await host.must('dig', '@127.0.0.1', '+short', 'stays.marathon.mesos')).toBe('127.0.0.1\n')
  expect((await host.must('meshbox', 'config', 'history')).trim()).not.toBe('')
})

needsRoot('--undo gives all of it back: what was started anew is started by its unit', async () => {
  const { code, out } = await host.run('meshbox', 'adopt', '--undo', '--yes')
  expect(code).toBe(0)
  expect(out).toMatch(/mesos-master +it still runs in its unit/)
  expect(out).toMatch(/mesos-agent +its unit was started/)
  for (const unit of ['oldzk', 'old-master', 'old-slave', 'old-marathon']) {
    expect((await host.run('systemctl', 'is-active', unit)).out.trim()).toBe('active')
  }
  expect(out).toMatch(/zookeeper +its unit was started/)
  const now = await pids()
  expect({ ...now, zookeeper: '', agent: '' }).toEqual({ ...before, zookeeper: '', agent: '' })
  expect(await host.status()).toBeUndefined()
  const served = await host.must('curl', '-s', 'http://127.0.0.1:8080/v2/apps')
  expect(JSON.parse(served).apps).toMatchObject([{ id: '/stays' }])
  expect((await host.run('systemctl', 'is-enabled', 'meshbox')).code).not.toBe(0)
})
