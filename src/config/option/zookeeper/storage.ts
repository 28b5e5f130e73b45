import { integer } from '../kind/number.ts'
import { ours } from '../kind/ours.ts'
import { choice, path, yes } from '../kind/text.ts'
import { option } from '../option.ts'
import { cfg, jvm, yesNo } from './row.ts'

const ownFolder = 'meshbox keeps the data of ZooKeeper in its own folder, which --data-dir moves'

/** Snapshots, the log of transactions, and what becomes of old ones. */
export const storageOptions = {
  dataDir: cfg(ours(ownFolder), { text: 'The folder of the snapshots.' }),
  dataLogDir: cfg(path, {
    text: 'The folder of the log of transactions, best on a disk of its own.',
    change: 'immutable',
    why: 'a server that does not find its log has lost what it acknowledged',
    local: true,
  }),
  'autopurge.purgeInterval': option(integer(0, 8760).default(1), {
    program: 'zookeeper',
    text: 'How often old snapshots and logs are removed; 0 is never.',
    change: 'rolling',
    unit: 'hours',
    since: '3.4.0',
    programDefault: 0,
    old: 0,
    reason: 'without it the disk fills up',
  }),
  'autopurge.snapRetainCount': option(integer(3, 1_000_000).default(3), {
    program: 'zookeeper',
    text: 'How many snapshots are kept, each with its logs.',
    change: 'rolling',
    since: '3.4.0',
    programDefault: 3,
  }),
  snapCount: jvm('zookeeper.snapCount', integer(2), {
    text: 'After how many transactions a snapshot is taken; each server draws a number between the half and this.',
    programDefault: 100000,
  }),
  snapSizeLimitInKb: jvm('zookeeper.snapSizeLimitInKb', integer(-1), {
    text: 'After how much log a snapshot is taken; 0 or less is never.',
    unit: 'kilobytes',
    since: '3.6.0',
    programDefault: 4194304,
  }),
  txnLogSizeLimitInKb: jvm('zookeeper.txnLogSizeLimitInKb', integer(-1), {
    text: 'After how much a new log file is begun, best a multiple of preAllocSize; 0 or less is never.',
    unit: 'kilobytes',
    since: '3.6.0',
    programDefault: -1,
  }),
  preAllocSize: jvm('zookeeper.preAllocSize', integer(1, 2_097_151), {
    text: 'By how much a log file grows at a time.',
    unit: 'kilobytes',
    programDefault: 65536,
  }),
  'snapshot.compression.method': jvm('zookeeper.snapshot.compression.method', choice('gz', 'snappy'), {
    text: 'How snapshots are compressed; not at all when left out.',
    since: '3.6.0',
  }),
  'snapshot.trust.empty': jvm('zookeeper.snapshot.trust.empty', yes, {
    text: 'A server starts although its snapshots are missing; for upgrades from 3.4 alone.',
    since: '3.5.6',
    programDefault: false,
  }),
  forceSync: jvm('zookeeper.forceSync', yesNo, {
    text: 'A write is acknowledged when it is on the disk. Without that it can be lost when the power fails.',
    programDefault: true,
  }),
  'fsync.warningthresholdms': jvm('zookeeper.fsync.warningthresholdms', integer(), {
    text: 'A write to disk that takes longer is told in the log.',
    unit: 'milliseconds',
    since: '3.3.4',
    programDefault: 1000,
  }),
  flushDelay: jvm('zookeeper.flushDelay', integer(), {
    text: 'How long writes are gathered before they go to the disk together; 0 is not at all.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: 0,
  }),
  maxWriteQueuePollTime: jvm('zookeeper.maxWriteQueuePollTime', integer(), {
    text: 'With flushDelay: how long to wait for a further write; a third of flushDelay when left out.',
    unit: 'milliseconds',
    since: '3.6.0',
  }),
  maxBatchSize: jvm('zookeeper.maxBatchSize', integer(1, 2_147_483_647), {
    text: 'How many writes go to the disk together at most.',
    since: '3.6.0',
    programDefault: 1000,
  }),
  'digest.enabled': jvm('zookeeper.digest.enabled', yes, {
    text: 'Checksums over the whole tree tell when servers disagree, or a disk has lost something.',
    since: '3.6.0',
    programDefault: true,
  }),
  'jute.maxbuffer': jvm('jute.maxbuffer', integer(1024, 2_147_483_647), {
    text: 'The largest znode. Every client must have the same.',
    unit: 'bytes',
    programDefault: 1048575,
  }),
  'jute.maxbuffer.extrasize': jvm('zookeeper.jute.maxbuffer.extrasize', integer(1024, 2_147_483_647), {
    text: 'What a transaction may be larger than the request; as much as jute.maxbuffer when left out.',
    unit: 'bytes',
    since: '3.5.7',
  }),
}
