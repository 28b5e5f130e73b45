import { integer } from '../kind/number.ts'
import { choice, yes } from '../kind/text.ts'
import { javaClass, jvm } from './row.ts'

const int32 = 2_147_483_647

/** Threads, caches, watches and what else makes a server faster or slower. */
export const tuningOptions = {
  serverCnxnFactory: jvm(
    'zookeeper.serverCnxnFactory',
    choice(
      'org.apache.zookeeper.server.NIOServerCnxnFactory',
      'org.apache.zookeeper.server.NettyServerCnxnFactory',
    ),
    {
      text: 'Which code serves connections; TLS needs the one of Netty.',
      programDefault: 'org.apache.zookeeper.server.NIOServerCnxnFactory',
    },
  ),
  'nio.numSelectorThreads': jvm('zookeeper.nio.numSelectorThreads', integer(1, int32), {
    text: 'Threads that wait for connections; the root of half the CPUs when left out.',
    since: '3.5.0',
    local: true,
  }),
  'nio.numWorkerThreads': jvm('zookeeper.nio.numWorkerThreads', integer(0, int32), {
    text: 'Threads that read and write connections; two for each CPU when left out.',
    since: '3.5.0',
    local: true,
  }),
  'commitProcessor.numWorkerThreads': jvm('zookeeper.commitProcessor.numWorkerThreads', integer(0, int32), {
    text: 'Threads that work off requests; one for each CPU when left out.',
    since: '3.5.0',
    local: true,
  }),
  'commitProcessor.maxReadBatchSize': jvm('zookeeper.commitProcessor.maxReadBatchSize', integer(-1, int32), {
    text: 'How many reads come before a write that waits; with -1 as many as there are.',
    since: '3.6.0',
    programDefault: -1,
  }),
  'commitProcessor.maxCommitBatchSize': jvm(
    'zookeeper.commitProcessor.maxCommitBatchSize',
    integer(1, int32),
    {
      text: 'How many writes come before a read that waits.',
      since: '3.6.0',
      programDefault: 1,
    },
  ),
  maxResponseCacheSize: jvm('zookeeper.maxResponseCacheSize', integer(-1, int32), {
    text: 'How many answers are remembered; 0 or less is none.',
    since: '3.5.6',
    programDefault: 400,
  }),
  maxGetChildrenResponseCacheSize: jvm('zookeeper.maxGetChildrenResponseCacheSize', integer(-1, int32), {
    text: 'How many lists of children are remembered; 0 or less is none.',
    since: '3.6.0',
    programDefault: 400,
  }),
  watchManagerName: jvm(
    'zookeeper.watchManagerName',
    choice(
      'org.apache.zookeeper.server.watch.WatchManager',
      'org.apache.zookeeper.server.watch.WatchManagerOptimized',
    ),
    {
      text: 'Which code keeps the watches; the optimized one needs less memory for many of them.',
      since: '3.6.0',
      programDefault: 'org.apache.zookeeper.server.watch.WatchManager',
    },
  ),
  watcherCleanThreadsNum: jvm('zookeeper.watcherCleanThreadsNum', integer(1, int32), {
    text: 'Threads that remove dead watches, in the optimized watch manager.',
    since: '3.6.0',
    programDefault: 2,
  }),
  watcherCleanThreshold: jvm('zookeeper.watcherCleanThreshold', integer(1, int32), {
    text: 'How many dead watches are removed together.',
    since: '3.6.0',
    programDefault: 1000,
  }),
  watcherCleanIntervalInSeconds: jvm('zookeeper.watcherCleanIntervalInSeconds', integer(1, int32), {
    text: 'After how long fewer dead watches are removed too.',
    unit: 'seconds',
    since: '3.6.0',
    programDefault: 600,
  }),
  maxInProcessingDeadWatchers: jvm('zookeeper.maxInProcessingDeadWatchers', integer(-1, int32), {
    text: 'How many dead watches may wait before clients have to; -1 is no limit.',
    since: '3.6.0',
    programDefault: -1,
  }),
  bitHashCacheSize: jvm('zookeeper.bitHashCacheSize', integer(0, int32), {
    text: 'How many entries of a set of watches are found at once, in the optimized watch manager.',
    since: '3.6.0',
    programDefault: 10,
  }),
  extendedTypesEnabled: jvm('zookeeper.extendedTypesEnabled', yes, {
    text: 'Znodes may have a time to live. Server ids must be below 255 then.',
    since: '3.5.4',
    programDefault: false,
  }),
  emulate353TTLNodes: jvm('zookeeper.emulate353TTLNodes', yes, {
    text: 'Znodes with a time to live from ZooKeeper 3.5.3 are read. Server ids must be below 128 then.',
    since: '3.5.4',
    programDefault: false,
  }),
  'znode.container.checkIntervalMs': jvm('znode.container.checkIntervalMs', integer(1, int32), {
    text: 'How often empty containers and znodes whose time is over are looked for.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: 60000,
  }),
  'znode.container.maxPerMinute': jvm('znode.container.maxPerMinute', integer(1, int32), {
    text: 'How many of them are removed in a minute.',
    since: '3.6.0',
    programDefault: 10000,
  }),
  'znode.container.maxNeverUsedIntervalMs': jvm('znode.container.maxNeverUsedIntervalMs', integer(), {
    text: 'After how long a container is removed that never had children; 0 is never.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: 0,
  }),
  'messageTracker.BufferSize': jvm('zookeeper.messageTracker.BufferSize', integer(1, int32), {
    text: 'How many messages between servers are kept for the log when they lose each other.',
    since: '3.6.0',
    programDefault: 10,
  }),
  'messageTracker.Enabled': jvm('zookeeper.messageTracker.Enabled', yes, {
    text: 'The last messages between servers are kept for the log.',
    since: '3.6.0',
    programDefault: false,
  }),
  'audit.enable': jvm('zookeeper.audit.enable', yes, {
    text: 'Who changed what goes to a log of its own.',
    since: '3.6.0',
    programDefault: false,
  }),
  'audit.impl.class': jvm('zookeeper.audit.impl.class', javaClass, {
    text: 'Which code writes that log.',
    since: '3.6.0',
    programDefault: 'org.apache.zookeeper.audit.Slf4jAuditLogger',
  }),
}
