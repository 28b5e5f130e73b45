import { closeSync, openSync } from 'node:fs'
import { systemClock, until } from '../../src/clock.ts'
import { silentLog } from '../../src/log.ts'
import { openStore } from '../../src/store.ts'
import { createSupervisor } from '../../src/supervisor/supervise.ts'

/** An agent that takes over the plan in the first argument, and has no free descriptor until it is told on standard input. */
const [plan = '', store = ''] = process.argv.slice(2)
const supervisor = createSupervisor({ store: openStore(store), clock: systemClock, log: silentLog })
await supervisor.apply(JSON.parse(plan))
const ready = () => supervisor.status().every(({ state }) => state === 'ready')
await until(systemClock, { everyMs: 10, timeoutMs: 20_000 }, () => ready() || undefined)
const held: number[] = []
try {
  for (;;) held.push(openSync('/dev/null', 'r'))
} catch {
  process.stdout.write('exhausted\n')
}
for await (const _ of process.stdin) break
for (const file of held) closeSync(file)
setInterval(() => {}, 1000)
