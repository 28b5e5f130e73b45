import type { Clock } from '../../clock.ts'
import { joinHostPort } from '../../config/address.ts'

/** As in Mesos's v1 API. */
export type HealthCheck = {
  type: 'COMMAND' | 'HTTP' | 'TCP'
  delay_seconds: number
  interval_seconds: number
  timeout_seconds: number
  consecutive_failures: number
  grace_period_seconds: number
  command?: { shell: boolean; value: string }
  http?: { scheme: string; port: number; path: string }
  tcp?: { port: number }
}

type Told = {
  /** The first result, and each that differs from the one before. */
  onChange(healthy: boolean): void
  /** So many failures in a row that the task must go. */
  onGivenUp(): void
}

/** Where the check runs: the task's address, folder and environment. */
export type Place = { host: string; cwd?: string; env?: Record<string, string> }

/** Checks a task again and again; the returned function stops it. */
export function watchHealth(check: HealthCheck, place: Place, told: Told, clock: Clock): () => void {
  const startedAt = clock.monotonic()
  let stopped = false
  let healthy: boolean | undefined
  let failures = 0
  let cancel = clock.after(check.delay_seconds * 1000, () => void look())

  async function look(): Promise<void> {
    const result = await probe(check, place)
    if (stopped) return
    const inGrace = clock.monotonic() - startedAt < check.grace_period_seconds * 1000
    // Until it has been healthy once, a task may take its grace period to come up.
    if (result || !inGrace || healthy !== undefined) {
      failures = result ? 0 : failures + 1
      if (result !== healthy) told.onChange(result)
      healthy = result
      if (check.consecutive_failures > 0 && failures >= check.consecutive_failures) {
        stop()
        told.onGivenUp()
        return
      }
    }
    if (!stopped) cancel = clock.after(check.interval_seconds * 1000, () => void look())
  }

  function stop(): void {
    stopped = true
    cancel()
  }
  return stop
}

async function probe(check: HealthCheck, { host, cwd, env }: Place): Promise<boolean> {
  const timeoutMs = check.timeout_seconds * 1000
  try {
    if (check.type === 'COMMAND') {
      const child = Bun.spawn(['/bin/sh', '-c', check.command?.value ?? 'false'], {
        ...(cwd === undefined ? {} : { cwd }),
        ...(env === undefined ? {} : { env }),
        stdin: 'ignore',
        stdout: 'ignore',
        stderr: 'ignore',
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
      })
      return (await child.exited) === 0
    }
    if (check.type === 'HTTP') {
      const { scheme = 'http', port = 0, path = '/' } = check.http ?? {}
      const answer = await fetch(`${scheme}://${joinHostPort(host, port)}${path}`, {
        signal: AbortSignal.timeout(timeoutMs),
        tls: { rejectUnauthorized: false },
      })
      await answer.body?.cancel()
      return answer.status >= 200 && answer.status < 400
    }
    return await connects(host, check.tcp?.port ?? 0, timeoutMs)
  } catch {
    return false
  }
}

async function connects(hostname: string, port: number, timeoutMs: number): Promise<boolean> {
  const over = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => over.resolve(false), timeoutMs)
  const socket = Bun.connect({ hostname, port, socket: { data() {}, error() {} } })
  try {
    return await Promise.race([socket.then(() => true), over.promise])
  } finally {
    clearTimeout(timer)
    socket.then((open) => open.end()).catch(() => {})
  }
}
