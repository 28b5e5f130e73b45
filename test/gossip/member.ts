import { startGossip } from '../../src/agent/gossip/gossip.ts'
import { systemClock } from '../../src/clock.ts'
import { silentLog } from '../../src/log.ts'

/** A member as a process of its own: `member.ts NAME ADDRESS KEY SEED…`, an empty key for none; prints what it sees of the others, once in a while. */
const [name = '', bind = '', key = '', ...seeds] = process.argv.slice(2)
const gossip = await startGossip({
  keyring: key === '' ? [] : [key],
  ...{ name, bind, port: 7946, tags: { role: 'ours' }, profile: 'local', clock: systemClock, log: silentLog },
})
for (;;) {
  if (gossip.members().length === 1) await gossip.join(seeds)
  const seen = Object.fromEntries(gossip.members().map((member) => [member.name, member.status]))
  process.stdout.write(`${JSON.stringify(seen)}\n`)
  await Bun.sleep(100)
}
