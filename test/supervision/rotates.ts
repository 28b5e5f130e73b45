import { rotate } from '../../src/supervisor/log/rotate.ts'

/** Rotates the log in the first argument without a pause, to be killed at it. */
const [log = ''] = process.argv.slice(2)
for (;;) if (!(await rotate(log, { size: 50_000, count: 100_000 }))) await Bun.sleep(1)
