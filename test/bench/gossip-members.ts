import { startGossip } from '../../src/agent/gossip/gossip.ts'
import { systemClock } from '../../src/clock.ts'
import { silentLog } from '../../src/log.ts'

/** One member of a mesh at each of these addresses, port 7946: `gossip-members.ts ADDRESS…`. */
const [first = '', ...others] = process.argv.slice(2)
const start = (bind: string) =>
  startGossip({ name: bind, bind, port: 7946, tags: {}, clock: systemClock, log: silentLog })
await start(first)
for (const bind of others) await (await start(bind)).join([first])
