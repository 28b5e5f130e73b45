import { join } from 'node:path'
import { systemClock } from '../../../clock.ts'
import { joinHostPort } from '../../../config/address.ts'
import { messageOf } from '../../../error.ts'
import { type Address, addressOf } from '../address.ts'
import { watchGroup } from '../election.ts'
import { type Ending, exited, StartFailure } from '../ending.ts'
import { type Flags, milliseconds } from '../flags/mesos.ts'
import type { Glog } from '../glog.ts'
import { bindFailure, plain } from '../http.ts'
import { readInfo } from '../master/elect.ts'
import { refuseForever } from '../master/run.ts'
import { greet, startMesos } from '../start.ts'
import { openZk } from '../zookeeper.ts'
import type { Agent } from './agent.ts'
import {
  announce,
  checkChoices,
  checkContainerizer,
  checkSystemd,
  type MasterFlag,
  readMasterFlag,
  workDirOf,
} from './check.ts'
import { checkDocker } from './docker.ts'
import { environmentOf } from './environment.ts'
import { incompatible } from './reconfigure.ts'
import { executorWaitMs, type Registration, register } from './register.ts'
import { answer } from './routes.ts'
import { openAgentStore } from './store.ts'
import { openTasks } from './tasks.ts'

const clock = systemClock

/** mesos-agent's stand-in. Resolves when it ends by itself. @throws StartFailure */
export async function runAgent(argv: string[], env: Record<string, string | undefined>): Promise<Ending> {
  const { flags, glog, deprecated } = startMesos('mesos-agent', argv, env, (text) =>
    process.stdout.write(text),
  )
  checkChoices(flags, glog)
  greet(glog, 'mesos-agent', deprecated, [545, 546, 553])
  const address = await addressOf(flags, 'mesos-agent', glog)
  let agent: Agent | undefined
  const listener = listen(address, flags, glog, () => agent)
  try {
    checkSystemd(flags, glog)
    checkContainerizer(flags, glog)
    const master = readMasterFlag(flags, glog)
    let registration: Registration | undefined
    agent = prepare(flags, glog, address, env, () => registration)
    checkDocker(flags, (why) => cannotRecover(glog, workDirOf(flags), why))
    const ending = Promise.withResolvers<Ending>()
    const end = () => void finish(agent as Agent).then(() => ending.resolve(exited(0)))
    process.on('SIGUSR1', () => {
      glog.info('slave.cpp:950', 'Unregistering and shutting down')
      registration?.unregister()
      end()
    })
    await recover(agent)
    registration = register(agent, end)
    detect(master, flags, glog, registration)
    return await ending.promise
  } catch (error) {
    if (error instanceof StartFailure) await listener.stop(true)
    throw error
  }
}

function prepare(
  flags: Flags,
  glog: Glog,
  address: Address,
  env: Record<string, string | undefined>,
  registration: () => Registration | undefined,
): Agent {
  const { gate, resources, attributes } = announce(address, flags, glog)
  const { hostname, ip, port } = address
  const workDir = workDirOf(flags)
  const store = openAgentStore(workDir)
  glog.info('state.cpp:68', `Recovering state from '${join(workDir, 'meta')}'`)
  const latest = store.latest()
  const info = { hostname, ip, port, resources, attributes }
  if (latest) {
    const why = incompatible(flags.get('reconfiguration_policy') ?? 'equal', latest.info, info)
    if (why !== undefined) throw cannotRecover(glog, workDir, why)
  } else glog.info('state.cpp:112', `Failed to find the latest agent from '${join(workDir, 'meta')}'`)
  const agent: Agent = {
    id: latest?.id ?? '',
    info,
    pid: `slave(1)@${joinHostPort(ip, port)}`,
    address,
    flags,
    gate,
    store,
    tasks: openTasks({
      store,
      agentId: () => agent.id,
      ip,
      environment: (task, frameworkId, containerId, dirs) =>
        environmentOf(env, agent, task, frameworkId, containerId, dirs),
      onStatus: (frameworkId, status) => registration()?.update(frameworkId, status),
      glog,
      clock,
    }),
    startTime: clock.now() / 1000,
    recoverySecs: undefined,
    masterHostname: '',
    glog,
    clock,
  }
  return agent
}

/** What stands on the operator's screen when an agent cannot go on with its work_dir. */
function cannotRecover(glog: Glog, workDir: string, why: string): StartFailure {
  return glog.exit(
    'slave.cpp:8366',
    `Failed to perform recovery: ${why}
If recovery failed due to a change in configuration and you want to
keep the current agent id, you might want to change the
\`--reconfiguration_policy\` flag to a more permissive value.

To restart this agent with a new agent id instead, do as follows:
rm -f ${join(workDir, 'meta', 'slaves', 'latest')}
This ensures that the agent does not recover old live executors.

If you use the Docker containerizer and think that the Docker
daemon state is broken, you can try to clear it. But be careful:
these commands will erase all containers and images from this host,
not just those started by Mesos!
docker kill $(docker ps -q)
docker rm $(docker ps -a -q)
docker rmi $(docker images -q)

Finally, restart the agent.`,
  )
}

async function recover(agent: Agent): Promise<void> {
  const { glog, tasks } = agent
  const began = clock.monotonic()
  const meta = join(workDirOf(agent.flags), 'meta')
  glog.info(
    'slave.cpp:7753',
    `Finished recovering checkpointed state from '${meta}', beginning agent recovery`,
  )
  if (agent.id !== '') tasks.recover()
  const waitMs = executorWaitMs(agent)
  if (waitMs > 0) {
    await clock.sleep(waitMs)
    glog.info('slave.cpp:5910', 'Cleaning up un-reregistered executors')
  }
  agent.recoverySecs = (clock.monotonic() - began) / 1000
  glog.info('slave.cpp:8388', 'Finished recovery')
}

function detect(master: MasterFlag, flags: Flags, glog: Glog, registration: Registration): void {
  glog.info('slave.cpp:1540', 'Detecting new master')
  if (master.kind === 'fixed') {
    const hostname = master.host.replace(/:\d+$/, '')
    registration.master({ address: master.host, hostname, pid: `master@${master.host}` })
    return
  }
  if (master.kind === 'unusable') {
    refuseForever(glog)
    return
  }
  const session = openZk(master.url, milliseconds(flags, 'zk_session_timeout'), clock)
  const group = { dir: master.url.path, prefix: 'json.info_' }
  let before = -1
  watchGroup(
    session,
    group,
    ([first]) => {
      const leader = first && readInfo(first.data)
      // Without a known leader the agent holds on to the one it has.
      if (!first || !leader) return
      if (first.sequence !== before)
        glog.info('detector.cpp:152', `Detected a new leader: (id='${first.sequence}')`)
      before = first.sequence
      registration.master({
        address: joinHostPort(leader.ip, leader.port),
        hostname: leader.hostname,
        pid: leader.pid,
        id: leader.id,
      })
    },
    1,
  )
}

/** Ends all tasks, and is done when the last one has. */
async function finish(agent: Agent): Promise<void> {
  const graceMs = milliseconds(agent.flags, 'executor_shutdown_grace_period')
  agent.tasks.killAll({ graceMs })
  while (agent.tasks.live().length > 0) await clock.sleep(50)
  for (const { record } of agent.tasks.runs())
    agent.tasks.acknowledge(record.task.statuses.at(-1)?.uuid ?? '')
  agent.glog.info('slave.cpp:1004', 'Agent terminating')
}

function listen(address: Address, flags: Flags, glog: Glog, running: () => Agent | undefined) {
  const port = Number(flags.get('port'))
  try {
    return Bun.serve({
      hostname: address.bind,
      port,
      async fetch(request) {
        const agent = running()
        return agent ? answer(agent, request) : plain('Agent has not finished recovery', 503)
      },
      error: (error) => plain(messageOf(error), 500),
    })
  } catch (error) {
    throw glog.fatal(
      'process.cpp:1124',
      `Failed to initialize: Failed to bind on ${joinHostPort(address.bind, port)}: ${bindFailure(error)}`,
    )
  }
}
