import type { App } from './app.ts'
import type { Instance } from './instance.ts'

/** What there is to do for one app now. */
export type Step = { launch: number; kill: Instance[] }

const isRunning = (instance: Instance) => instance.state === 'TASK_RUNNING' && instance.healthy !== false

/**
 * Brings an app to its number of tasks of its present version. New ones come first, as far as maximumOverCapacity lets;
 * an old one goes when minimumHealthCapacity holds without it.
 */
export function planApp(app: App | undefined, instances: Instance[]): Step {
  const alive = instances.filter((instance) => !instance.killing)
  if (!app) return { launch: 0, kill: alive }
  const current = alive.filter((instance) => instance.version === app.configVersion)
  const old = alive.filter((instance) => instance.version !== app.configVersion)
  const most = app.instances + Math.ceil(app.instances * app.upgradeStrategy.maximumOverCapacity)
  const launch = Math.max(0, Math.min(app.instances - current.length, most - alive.length))
  const surplus = current.length - app.instances
  const kill = surplus > 0 ? [...current].sort(youngestFirst).slice(0, surplus) : []
  const least = Math.ceil(app.instances * app.upgradeStrategy.minimumHealthCapacity)
  let spare = alive.filter(isRunning).length - kill.filter(isRunning).length - least
  for (const instance of old) {
    if (isRunning(instance) && spare-- <= 0) continue
    kill.push(instance)
  }
  return { launch, kill }
}

const youngestFirst = (a: Instance, b: Instance) =>
  Number(isRunning(a)) - Number(isRunning(b)) || (a.stagedAt < b.stagedAt ? 1 : -1)

/** Whether the app is as it should be: a deployment of it is over. */
export function isSettled(app: App | undefined, instances: Instance[]): boolean {
  if (!app) return instances.length === 0
  return (
    instances.length === app.instances &&
    instances.every(
      (instance) => isRunning(instance) && instance.version === app.configVersion && !instance.killing,
    )
  )
}

/** How often an app's tasks ended lately. */
export type Failures = { count: number; until: number }

/** After one more task ended by itself at `now` (ms), having run for `ranMs`: the next one waits until `until`. */
export function delayAfter(app: App, before: Failures | undefined, now: number, ranMs: number): Failures {
  const count = ranMs > stableMs ? 0 : (before?.count ?? 0)
  const seconds = Math.min(app.maxLaunchDelaySeconds, app.backoffSeconds * app.backoffFactor ** count)
  return { count: count + 1, until: now + seconds * 1000 }
}

/** A task that ran so long was no failure of its app. */
const stableMs = 60_000
