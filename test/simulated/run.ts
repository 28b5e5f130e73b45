import { type Program, runSimulated } from '../../src/supervisor/simulated/main.ts'

/** A stand-in as a process of its own: `bun run.ts mesos-master --work_dir=…`. */
process.exitCode = await runSimulated(process.argv[2] as Program, process.argv.slice(3))
