import { messageOf } from '../../../error.ts'
import { mesosVersion } from '../build.ts'
import { milliseconds } from '../flags/mesos.ts'
import { bootId } from '../process.ts'
import { type Link, openLink } from '../wire/link.ts'
import { decode, type FromAgent, paths, type ToAgent } from '../wire/messages.ts'
import type { TaskStatus } from '../wire/model.ts'
import type { Agent } from './agent.ts'
import { defaultGraceMs } from './tasks.ts'

export type Registration = {
  /** The leader, as `host:port` to connect to and as a name to show. */
  master(at: { address: string; hostname: string; pid: string; id?: string }): void
  update(frameworkId: string, status: TaskStatus): void
  unregister(): void
}

/** So many attempts in a row are logged, then one in a minute or so. */
const fullyLogged = 5

/** Keeps the agent registered with whoever leads. @param end called when the master wants the agent to be gone */
export function register(agent: Agent, end: () => void): Registration {
  const { glog, clock } = agent
  let pid = ''
  let failures = 0
  let cancelSilence = () => {}
  const link: Link<FromAgent> = openLink(
    {
      onOpen() {
        const { info, pid: own, tasks } = agent
        glog.info('slave.cpp:1529', 'No credentials provided. Attempting to register without authentication')
        const about = { info, pid: own, version: mesosVersion }
        if (agent.id === '') link.send({ type: 'register', ...about })
        else link.send({ type: 'reregister', id: agent.id, ...about, ...tasks.report() })
      },
      onMessage(data) {
        const message = decode<ToAgent>(data)
        try {
          if (message) hear(message)
        } catch (error) {
          glog.error('simulated', `Cannot do what the master says: ${messageOf(error)}`)
        }
      },
      onClose(why, wasOpen) {
        cancelSilence()
        failures = wasOpen ? 0 : failures + 1
        if (failures > fullyLogged && failures % 60 !== 0) return
        const host = pid.replace(/^.*@/, '')
        if (!wasOpen)
          glog.warning(
            'process.cpp:1480',
            `Failed to link to '${host}', connect: Failed to connect to ${host}: ${why}`,
          )
        glog.info('slave.cpp:6718', `Got exited event for ${pid}`)
        glog.warning('slave.cpp:6723', 'Master disconnected! Waiting for a new master to be elected')
      },
    },
    clock,
    Math.random,
  )

  function hear(message: ToAgent): void {
    const { tasks } = agent
    switch (message.type) {
      case 'registered':
        agent.id = message.id
        agent.store.saveAgent(agent.id, agent.info, bootId())
        glog.info('slave.cpp:1700', `Registered with master ${pid}; given agent ID ${agent.id}`)
        break
      case 'reregistered':
        glog.info('slave.cpp:1832', `Re-registered with master ${pid}`)
        break
      case 'launch': {
        const { id } = message.framework
        if (id !== undefined) tasks.launch({ ...message.framework, id }, message.task)
        break
      }
      case 'kill':
        tasks.kill(message.frameworkId, message.taskId, {
          graceMs: message.graceMs ?? defaultGraceMs,
          ...(message.reason === undefined ? {} : { reason: message.reason }),
        })
        break
      case 'drain':
        tasks.killAll({
          reason: 'REASON_AGENT_DRAINING',
          graceMs: message.config.maxGraceMs ?? defaultGraceMs,
        })
        break
      case 'acknowledge':
        tasks.acknowledge(message.uuid)
        break
      case 'ping':
        link.send({ type: 'pong' })
        // Packets may be lost both ways, and the end of a connection with them.
        cancelSilence()
        cancelSilence = clock.after(message.withinMs, () => {
          const why = `No pings from master received within ${message.withinMs / 1000}secs`
          glog.info('slave.cpp:5338', why)
          link.renew(why)
        })
        break
      case 'shutdown':
        glog.warning('slave.cpp:965', `Agent asked to shut down by ${pid} because '${message.message}'`)
        end()
    }
  }

  return {
    master(at) {
      if (at.pid !== pid) {
        pid = at.pid
        glog.info('slave.cpp:1475', `New master detected at ${pid}`)
      }
      agent.masterHostname = at.hostname
      link.target(`ws://${at.address}${paths.agent}`, at.id)
    },
    update: (frameworkId, status) => void link.send({ type: 'update', frameworkId, status }),
    unregister() {
      link.send({ type: 'unregister' })
    },
  }
}

/** How long a recovered agent waits for its executors, as the original does. */
export const executorWaitMs = (agent: Agent): number =>
  agent.tasks.live().length > 0 ? milliseconds(agent.flags, 'executor_reregistration_timeout') : 0
