import { argv } from 'node:process'
import { systemClock } from '../../src/clock.ts'
import { clusterSchema } from '../../src/config/document/cluster.ts'
import { clusterPaths } from '../../src/config/document/paths.ts'
import { openSession } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'

/** `mark-adopted.ts HOST` writes into the record of the cluster that its ensemble was adopted. */
const session = openSession({ servers: [{ host: argv[2] ?? '', port: 2181 }] }, systemClock, silentLog)
const { cluster: path } = clusterPaths('/mesos')
const node = await session.read(path)
const cluster = clusterSchema.parse(JSON.parse(node?.data.toString() ?? ''))
await session.write(path, JSON.stringify({ ...cluster, adopted: true }), node?.version)
await session.close()
