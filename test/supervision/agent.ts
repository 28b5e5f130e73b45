import { systemClock } from '../../src/clock.ts'
import { silentLog } from '../../src/log.ts'
import { openStore } from '../../src/store.ts'
import { createSupervisor } from '../../src/supervisor/supervise.ts'

/**
 * An agent to be killed: applies the plan in the first argument with the store in the second, tells its own time once a
 * second, and stays.
 */
const [plan = '', store = ''] = process.argv.slice(2)
const supervisor = createSupervisor({ store: openStore(store), clock: systemClock, log: silentLog })
await supervisor.apply(JSON.parse(plan))
setInterval(() => process.stdout.write(`${Date.now()}\n`), 100)
