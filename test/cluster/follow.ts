import { systemClock } from '../../src/clock.ts'

/** Tells in JSON, a line each time that it is another one, how the rollout is, as this machine sees it. */
const everyMs = 100
let last = ''

for (;;) {
  try {
    const answer = await fetch('http://127.0.0.1:7947/v1/status', { signal: AbortSignal.timeout(2000) })
    const { cluster } = (await answer.json()) as { cluster: { rollout?: { waits?: string } } }
    const { waits: _, ...rollout } = cluster.rollout ?? {}
    const line = JSON.stringify(rollout)
    if (line !== last) process.stdout.write(`${line}\n`)
    last = line
  } catch {
    // its agent is not there now
  }
  await systemClock.sleep(everyMs)
}
