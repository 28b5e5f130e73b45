import { readKeyFile } from '../../src/agent/key/file.ts'
import { bytesOf } from '../../src/agent/key/key.ts'
import { systemClock } from '../../src/clock.ts'
import { clusterPaths } from '../../src/config/document/paths.ts'
import { openSession } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'

/** Writes a document past meshbox: `bun scribble.ts HOST KEYFILE TEXT`. */
const [host = '', keyFile = '', text = ''] = process.argv.slice(2)
const paths = clusterPaths('/mesos')
const key = bytesOf(readKeyFile(keyFile))
const access = { root: paths.root, keys: () => [key], onChange: () => () => {} }
const session = openSession({ servers: [{ host, port: 2181 }], access }, systemClock, silentLog)
await session.write(`${paths.root}/config`, text)
await session.close()
