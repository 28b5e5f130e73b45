import { integer } from '../kind/number.ts'
import { ours } from '../kind/ours.ts'
import { choice, path, yes } from '../kind/text.ts'
import { cfg, jvm, yesNo } from './row.ts'

const grows = 'meshbox needs it its own way, so that the ensemble can grow and shrink'

/** The servers among themselves: elections, followers, observers. */
export const ensembleOptions = {
  standaloneEnabled: cfg(ours(grows), {
    text: 'Whether a single server may run without an ensemble.',
    since: '3.5.0',
    programDefault: true,
    old: true,
    reason: 'false: even one server is an ensemble that further ones can join',
  }),
  reconfigEnabled: cfg(ours(grows), {
    text: 'Whether servers can be added and removed while the ensemble runs.',
    since: '3.5.3',
    programDefault: false,
    old: false,
    reason: 'true: controllers come and go',
  }),
  dynamicConfigFile: cfg(ours(grows), { text: 'The file of the server list, which ZooKeeper rewrites.' }),
  peerType: cfg(ours('the server list says who votes'), { text: 'Whether this server votes or observes.' }),
  electionAlg: cfg(choice('3'), {
    text: 'How a leader is elected; ZooKeeper since 3.6 has one way left.',
    programDefault: '3',
  }),
  electionPortBindRetry: jvm('zookeeper.electionPortBindRetry', integer(), {
    text: 'How often a server tries to open its election port; 0 is for ever.',
    since: '3.6.0',
    programDefault: 3,
  }),
  maxTimeToWaitForEpoch: jvm('zookeeper.leader.maxTimeToWaitForEpoch', integer(-1), {
    text: 'How long a new leader waits for a majority before another election; as long as initLimit with -1.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: -1,
  }),
  'fastleader.minNotificationInterval': jvm('zookeeper.fastleader.minNotificationInterval', integer(1), {
    text: 'How long a server waits for votes at the beginning of an election.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: 200,
  }),
  'fastleader.maxNotificationInterval': jvm('zookeeper.fastleader.maxNotificationInterval', integer(1), {
    text: 'How long it waits at most when the election drags on.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: 60000,
  }),
  cnxTimeout: jvm('zookeeper.cnxTimeout', integer(1, 2_147_483_647), {
    text: 'How long a connection for an election may take to open.',
    unit: 'milliseconds',
    programDefault: 5000,
  }),
  quorumCnxnTimeoutMs: jvm('zookeeper.quorumCnxnTimeoutMs', integer(-1, 2_147_483_647), {
    text: 'How long a connection for an election may be silent; syncLimit with -1.',
    unit: 'milliseconds',
    programDefault: -1,
  }),
  'quorum.cnxn.threads.size': cfg(integer(1, 10_000), {
    text: 'Threads that take connections of other servers when these authenticate themselves.',
    programDefault: 20,
    local: true,
  }),
  quorumListenOnAllIPs: cfg(yes, {
    text: 'A server takes connections of the others on every address of its machine.',
    programDefault: false,
    local: true,
  }),
  tcpKeepAlive: jvm('zookeeper.tcpKeepAlive', yes, {
    text: 'TCP keepalive on the connections for elections, for firewalls that forget silent ones.',
    since: '3.5.4',
    programDefault: false,
  }),
  leaderServes: jvm('zookeeper.leaderServes', yesNo, {
    text: 'The leader serves clients too. Without that it has more time for writes.',
    programDefault: true,
  }),
  syncEnabled: cfg(yes, {
    text: 'Observers keep log and snapshots as well, and are back sooner after a restart.',
    since: '3.4.6',
    programDefault: true,
  }),
  'observer.reconnectDelayMs': jvm('zookeeper.observer.reconnectDelayMs', integer(), {
    text: 'How long an observer waits before it returns to a leader that it has lost.',
    unit: 'milliseconds',
    programDefault: 0,
  }),
  'observer.election.DelayMs': jvm('zookeeper.observer.election.DelayMs', integer(), {
    text: 'How long an observer that has lost its leader waits before it asks who is elected.',
    unit: 'milliseconds',
    programDefault: 200,
  }),
  oraclePath: cfg(path, {
    text: 'A file in which somebody outside says whether one server of two may go on alone.',
    since: '3.7.0',
    local: true,
  }),
  commitLogCount: jvm('zookeeper.commitLogCount', integer(1, 2_147_483_647), {
    text: 'How many transactions are kept in memory for followers that are a little behind.',
    programDefault: 500,
  }),
  maxConcurrentSnapSyncs: jvm('zookeeper.leader.maxConcurrentSnapSyncs', integer(1, 2_147_483_647), {
    text: 'How many servers may get a whole snapshot at the same time.',
    programDefault: 10,
  }),
  maxConcurrentDiffSyncs: jvm('zookeeper.leader.maxConcurrentDiffSyncs', integer(1, 2_147_483_647), {
    text: 'How many servers may get what they lack at the same time.',
    programDefault: 100,
  }),
  'learner.asyncSending': jvm('zookeeper.learner.asyncSending', yes, {
    text: 'Followers send in a thread of its own, so that a bad network does not hang them.',
    since: '3.7.0',
    programDefault: false,
  }),
  'learner.closeSocketAsync': jvm('zookeeper.learner.closeSocketAsync', yes, {
    text: 'Followers close connections in the background, which may take long with TLS.',
    since: '3.7.0',
    programDefault: false,
  }),
  'leader.closeSocketAsync': jvm('zookeeper.leader.closeSocketAsync', yes, {
    text: 'The leader closes connections in the background, which may take long with TLS.',
    since: '3.7.0',
    programDefault: false,
  }),
  forward_learner_requests_to_commit_processor_disabled: jvm(
    'zookeeper.forward_learner_requests_to_commit_processor_disabled',
    yes,
    {
      text: 'Requests of followers take a shorter way through the leader.',
      since: '3.7.0',
      programDefault: false,
    },
  ),
  'follower.skipLearnerRequestToNextProcessor': jvm(
    'zookeeper.follower.skipLearnerRequestToNextProcessor',
    yes,
    {
      text: 'Requests of observers take less memory of the follower that they are connected to.',
      since: '3.7.0',
      programDefault: false,
    },
  ),
  'multiAddress.enabled': cfg(yes, {
    text: 'A server may have several addresses.',
    since: '3.6.0',
    programDefault: false,
  }),
  'multiAddress.reachabilityCheckEnabled': cfg(yes, {
    text: 'With several addresses: whether it is tried which of them answer.',
    since: '3.6.0',
    programDefault: true,
  }),
  'multiAddress.reachabilityCheckTimeoutMs': cfg(integer(1, 2_147_483_647), {
    text: 'With several addresses: how long that may take.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: 1000,
  }),
}
