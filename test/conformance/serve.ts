import { systemClock } from '../../src/clock.ts'
import { serveFromMesosDnsConfig } from '../../src/dns/serve.ts'
import { openLog } from '../../src/log.ts'

/** The resolver alone, by the configuration file that is its one argument. */
await serveFromMesosDnsConfig(process.argv[2] ?? 'config.json', {
  clock: systemClock,
  log: openLog(2, { level: 'warn' }),
})
