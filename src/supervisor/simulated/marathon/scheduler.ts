import type { Clock } from '../../../clock.ts'
import { messageOf } from '../../../error.ts'
import { watchHealth } from '../health.ts'
import { openLink } from '../wire/link.ts'
import { decode, type FromScheduler, paths, type ToScheduler } from '../wire/messages.ts'
import { type FrameworkInfo, isTerminal, type Offer, type TaskStatus } from '../wire/model.ts'
import { type App, newTaskId } from './app.ts'
import { marathonCheck } from './health.ts'
import type { Instance } from './instance.ts'
import type { MarathonLog } from './log.ts'
import { matchOffers } from './match.ts'
import { delayAfter, type Failures, isSettled, planApp } from './plan.ts'
import type { MarathonStore } from './store.ts'
import { buildTask } from './task.ts'

/** A change that is under way: over when all its apps are as they should be. */
export type Deployment = { id: string; version: string; appIds: string[] }

/** The leading Marathon's memory and hands. */
export type Scheduler = {
  apps: Map<string, App>
  instances: Map<string, Instance>
  deployments(): Deployment[]
  frameworkId(): string | undefined
  /** How many tasks of an app wait, and until when (Unix ms) it backs off. */
  queue(): { app: App; count: number; until: number }[]
  /** Resolves when the app is durable. */
  put(app: App, deployment: Deployment): Promise<void>
  remove(ids: string[], deployment: Deployment): Promise<void>
  /** Ends tasks; they are replaced unless the app was scaled down before. */
  kill(ids: string[]): void
  /** The Mesos leader, as host:port, and the id of its run. */
  master(address: string, id?: string): void
  close(): void
}

type Options = {
  store: MarathonStore
  framework: FrameworkInfo
  loaded: { apps: App[]; instances: Instance[]; frameworkId: string | undefined }
  /** Milliseconds after a subscription before an unknown task counts as lost. */
  reconcileAfterMs: number
  /** And so often again: what nobody told of is learnt by that. */
  reconcileEveryMs: number
  log: MarathonLog
  clock: Clock
  random: () => number
  /** The framework was torn down: Marathon ends. */
  onRemoved: () => void
}

const killAgainMs = 10_000
const defaultRole = '*'

export function openScheduler(options: Options): Scheduler {
  const { store, loaded, log, clock, random } = options
  const apps = new Map(loaded.apps.map((app) => [app.id, app]))
  const instances = new Map(loaded.instances.map((instance) => [instance.id, instance]))
  const failures = new Map<string, Failures>()
  const killedAt = new Map<string, number>()
  /** Checks that Marathon itself runs, by task. */
  const checks = new Map<string, () => void>()
  let deployments: Deployment[] = []
  let frameworkId = loaded.frameworkId
  let subscribedAt: number | undefined
  let wanting = false
  let wakeAt = Number.POSITIVE_INFINITY
  let cancelWake = () => {}
  let cancelReconcile = () => {}

  const link = openLink<FromScheduler>(
    {
      onOpen() {
        link.send({
          type: 'subscribe',
          info: { ...options.framework, ...(frameworkId ? { id: frameworkId } : {}) },
        })
      },
      onMessage(data) {
        const message = decode<ToScheduler>(data)
        if (message) void hear(message).catch((error) => log.error('MarathonScheduler', messageOf(error)))
      },
      onClose(why, wasOpen) {
        subscribedAt = undefined
        wanting = false
        cancelReconcile()
        if (wasOpen) log.warn('MarathonScheduler', `Disconnected from the Mesos master: ${why}`)
      },
    },
    clock,
    random,
  )

  async function hear(message: ToScheduler): Promise<void> {
    if (message.type === 'subscribed') return subscribed(message.frameworkId)
    if (message.type === 'offers') return accept(message.offers)
    if (message.type === 'update') return update(message.status)
    if (message.type !== 'error') return
    log.error('MarathonScheduler', `Received scheduler error: ${message.message}`)
    if (message.message === 'Framework has been removed') options.onRemoved()
  }

  async function subscribed(id: string): Promise<void> {
    log.info('MarathonScheduler', `Registered as ${id}`)
    subscribedAt = clock.monotonic()
    if (frameworkId !== id) {
      frameworkId = id
      await store.saveFrameworkId(id)
    }
    for (const instance of instances.values()) if (instance.state === 'TASK_RUNNING') check(instance)
    reconcile()
    cancelReconcile = clock.after(options.reconcileAfterMs, reconcileOn)
    evaluate()
  }

  function reconcileOn(): void {
    reconcile()
    cancelReconcile = clock.after(options.reconcileEveryMs, reconcileOn)
  }

  function reconcile(): void {
    const tasks = [...instances.values()].map(({ id, agentId }) => ({ id, agentId }))
    if (tasks.length > 0) link.send({ type: 'reconcile', tasks })
  }

  /** Looks at every app, kills what is too much and asks for offers for what is missing. */
  function evaluate(): void {
    const now = clock.now()
    const ids = new Set([...apps.keys(), ...[...instances.values()].map(({ appId }) => appId)])
    let wanted = 0
    let next = Number.POSITIVE_INFINITY
    for (const id of ids) {
      const mine = of(id)
      const { launch, kill } = planApp(apps.get(id), mine)
      for (const instance of kill) end(instance)
      for (const instance of mine) if (instance.killing) end(instance)
      const until = failures.get(id)?.until ?? 0
      if (launch > 0 && until > now) next = Math.min(next, until)
      else wanted += launch
    }
    if (killedAt.size > 0) next = Math.min(next, now + killAgainMs)
    deployments = deployments.filter(({ appIds }) => !appIds.every((id) => isSettled(apps.get(id), of(id))))
    if (wanted > 0 && subscribedAt !== undefined) {
      wanting = true
      link.send({ type: 'revive' })
    } else if (wanting) {
      wanting = false
      link.send({ type: 'suppress' })
    }
    wake(next)
  }

  function wake(at: number): void {
    if (at === wakeAt) return
    cancelWake()
    wakeAt = at
    if (at === Number.POSITIVE_INFINITY) return
    cancelWake = clock.after(Math.max(0, at - clock.now()), () => {
      wakeAt = Number.POSITIVE_INFINITY
      evaluate()
    })
  }

  const of = (appId: string) => [...instances.values()].filter((instance) => instance.appId === appId)

  /** Told again from time to time: the agent may have been away. */
  function end(instance: Instance): void {
    const last = killedAt.get(instance.id)
    if (last !== undefined && clock.monotonic() - last < killAgainMs) return
    killedAt.set(instance.id, clock.monotonic())
    if (!instance.killing) {
      instance.killing = true
      keep(instance)
    }
    const seconds = apps.get(instance.appId)?.taskKillGracePeriodSeconds
    log.info('KillServiceActor', `Killing ${instance.id}`)
    link.send({
      type: 'kill',
      taskId: instance.id,
      ...(seconds === undefined ? {} : { graceMs: seconds * 1000 }),
    })
  }

  /** What is not on disk yet is there again by reconciliation, so nobody waits for it. */
  function keep(instance: Instance): void {
    void store.saveInstance(instance).catch((error) => log.warn('InstanceTracker', messageOf(error)))
  }

  async function accept(offers: Offer[]): Promise<void> {
    const now = clock.now()
    const wanted = [...apps.values()].flatMap((app) => {
      const count = (failures.get(app.id)?.until ?? 0) > now ? 0 : planApp(app, of(app.id)).launch
      return count > 0 ? [{ app, count }] : []
    })
    const matches = matchOffers(offers, wanted, [...instances.values()], random)
    const launches = matches.map((match) => {
      const id = newTaskId(match.app.id, crypto.randomUUID())
      const instance: Instance = {
        id,
        appId: match.app.id,
        version: match.app.configVersion,
        agentId: match.offer.agentId,
        host: match.offer.hostname,
        ip: match.offer.ip,
        ports: match.ports,
        state: 'TASK_STAGING',
        stagedAt: new Date(now).toISOString(),
      }
      instances.set(id, instance)
      return { instance, task: buildTask(id, match, options.framework.roles[0] ?? defaultRole) }
    })
    try {
      await Promise.all(launches.map(({ instance }) => store.saveInstance(instance)))
    } catch (error) {
      for (const { instance } of launches) instances.delete(instance.id)
      log.warn('OfferProcessor', `Cannot launch: ${messageOf(error)}`)
      launches.length = 0
    }
    const sent = link.send({
      type: 'accept',
      offerIds: offers.map(({ id }) => id),
      tasks: launches.map(({ task }) => task),
    })
    for (const { instance } of launches) {
      log.info(
        'TaskLauncher',
        `Launching ${instance.id} on ${instance.host} with ports ${instance.ports.join(', ')}`,
      )
      if (!sent) await forget(instance)
    }
    if (launches.length > 0) evaluate()
  }

  async function update(status: TaskStatus): Promise<void> {
    const id = status.task_id.value
    const instance = instances.get(id)
    if (!instance) {
      if (!isTerminal(status.state)) link.send({ type: 'kill', taskId: id })
      return
    }
    const unknown = status.state === 'TASK_LOST' && status.reason === 'REASON_RECONCILIATION'
    const early = subscribedAt === undefined || clock.monotonic() - subscribedAt < options.reconcileAfterMs
    // A new leader does not know a task before its agent has come.
    if (unknown && early && !instance.killing) return
    const before = instance.state
    instance.state = status.state
    const news =
      before !== status.state || (status.healthy !== undefined && status.healthy !== instance.healthy)
    if (status.healthy !== undefined) instance.healthy = status.healthy
    if (!isTerminal(status.state)) {
      if (status.state === 'TASK_RUNNING') check(instance)
      if (!news) return
      if (status.state === 'TASK_RUNNING')
        instance.startedAt ??= new Date(status.timestamp * 1000).toISOString()
      keep(instance)
      return evaluate()
    }
    log.info('TaskStatusUpdate', `${id} is now ${status.state}: ${status.message ?? ''}`)
    const app = apps.get(instance.appId)
    if (app && !instance.killing) {
      const ranMs = instance.startedAt ? clock.now() - Date.parse(instance.startedAt) : 0
      failures.set(app.id, delayAfter(app, failures.get(app.id), clock.now(), ranMs))
    }
    await forget(instance)
    evaluate()
  }

  function check(instance: Instance): void {
    const app = apps.get(instance.appId)
    const about = app && marathonCheck(app, instance.ports)
    if (!about || checks.has(instance.id)) return
    const told = {
      onChange(healthy: boolean) {
        instance.healthy = healthy
        keep(instance)
        evaluate()
      },
      onGivenUp: () => end(instance),
    }
    checks.set(instance.id, watchHealth(about, { host: instance.ip }, told, clock))
  }

  async function forget(instance: Instance): Promise<void> {
    checks.get(instance.id)?.()
    checks.delete(instance.id)
    instances.delete(instance.id)
    killedAt.delete(instance.id)
    await store.removeInstance(instance.id).catch((error) => log.warn('InstanceTracker', messageOf(error)))
  }

  return {
    apps,
    instances,
    deployments: () => deployments,
    frameworkId: () => frameworkId,
    queue: () =>
      [...apps.values()].flatMap((app) => {
        const count = planApp(app, of(app.id)).launch
        return count > 0 ? [{ app, count, until: failures.get(app.id)?.until ?? 0 }] : []
      }),
    async put(app, deployment) {
      await store.saveApp(app)
      apps.set(app.id, app)
      failures.delete(app.id)
      deployments.push(deployment)
      evaluate()
    },
    async remove(ids, deployment) {
      for (const id of ids) {
        await store.removeApp(id)
        apps.delete(id)
        failures.delete(id)
      }
      deployments.push(deployment)
      evaluate()
    },
    kill(ids) {
      for (const id of ids) {
        const instance = instances.get(id)
        if (instance) end(instance)
      }
    },
    master: (address, id) => link.target(`ws://${address}${paths.scheduler}`, id),
    close() {
      cancelWake()
      cancelReconcile()
      for (const stop of checks.values()) stop()
      link.close()
    },
  }
}
