import { integer } from '../kind/number.ts'
import { ours } from '../kind/ours.ts'
import { path, text, yes } from '../kind/text.ts'
import { flag, word } from './row.ts'

const int32 = 2_147_483_647
const milliseconds = 'milliseconds'
const joinedUrl = 'every program gets the URL that the machine was joined with: `meshbox join zk://…`'

/** ZooKeeper, the election among several Marathons, and what Marathon is to Mesos. */
export const clusterOptions = {
  master: flag(ours(joinedUrl), { text: 'Where the leading master is found.' }),
  zk: flag(ours(`${joinedUrl}; its state is beside the path of Mesos`), {
    text: 'Where Marathon keeps its state.',
    programDefault: 'zk://localhost:2181/marathon',
  }),
  zk_timeout: flag(integer(1, int32), {
    text: 'How long an operation in ZooKeeper may take, and a request to the API.',
    unit: milliseconds,
    programDefault: 10000,
  }),
  zk_connection_timeout: flag(integer(1, int32), {
    since: '1.4.9',
    text: 'How long it may take to connect to ZooKeeper.',
    unit: milliseconds,
    programDefault: 10000,
  }),
  zk_session_timeout: flag(integer(1, int32), {
    since: '0.9.0',
    text: 'How long a silent session in ZooKeeper lasts; a leader that has lost it steps down.',
    unit: milliseconds,
    programDefault: 10000,
  }),
  zk_compression: flag(yes, {
    since: '0.11.1',
    text: 'Large znodes are compressed.',
    programDefault: true,
  }),
  zk_compression_threshold: flag(integer(0, int32), {
    since: '0.11.1',
    text: 'From which size on.',
    unit: 'bytes',
    programDefault: 65536,
  }),
  zk_max_node_size: flag(integer(1, int32), {
    since: '1.1.2',
    text: 'How large a znode may become.',
    unit: 'bytes',
    programDefault: 1024000,
  }),
  zk_max_versions: flag(integer(1, int32), {
    text: 'How many versions of each application are kept.',
    programDefault: 50,
  }),
  zk_max_concurrency: flag(integer(1, int32), {
    text: 'How many operations in ZooKeeper may be under way at once.',
    programDefault: 32,
  }),
  zk_operation_base_retry_sleep_ms: flag(integer(1, int32), {
    text: 'How long to wait before an operation that failed is tried again; each time longer.',
    unit: milliseconds,
    programDefault: 10,
  }),
  zk_operation_max_retries: flag(integer(0, int32), {
    text: 'How often such an operation is tried again.',
    programDefault: 5,
  }),
  backup_location: flag(text, {
    since: '1.5.0',
    text: 'Where the state is saved before a newer version migrates it: file:///a/file or s3://….',
    local: true,
  }),
  store_cache: flag(yes, {
    since: '0.13.0',
    text: 'The state is held in memory as well.',
    programDefault: true,
  }),
  storage_compaction_interval: flag(integer(1, int32), {
    since: '1.6.486',
    text: 'How often old versions are cleared away.',
    unit: 'seconds',
    programDefault: 30,
  }),
  storage_compaction_scan_batch_size: flag(integer(1, int32), {
    since: '1.6.486',
    text: 'How many entries are looked at for that each time.',
    programDefault: 32,
  }),
  group_versions_cache_size: flag(integer(0, int32), {
    since: '1.7.37',
    text: 'How many versions of groups are held in memory.',
    programDefault: 1000,
  }),
  ha: flag(yes, {
    text: 'Several Marathons elect a leader; meshbox runs one on each controller.',
    programDefault: true,
  }),
  on_elected_prepare_timeout: flag(integer(1, int32), {
    since: '0.13.0',
    text: 'How long a new leader may take to get ready.',
    unit: milliseconds,
    programDefault: 180000,
  }),
  leader_proxy_connection_timeout: flag(integer(1, int32), {
    since: '0.9.0',
    text: 'How long it may take to reach the leader, to which the others pass requests on.',
    unit: milliseconds,
    programDefault: 5000,
  }),
  leader_proxy_read_timeout: flag(integer(1, int32), {
    since: '0.9.0',
    text: 'How long the leader may take to answer.',
    unit: milliseconds,
    programDefault: 10000,
  }),
  leader_proxy_max_open_connections: flag(integer(1, int32), {
    since: '1.6.564',
    text: 'How many connections to the leader may be open.',
    programDefault: 64,
  }),
  leader_proxy_ssl_ignore_hostname: flag(yes, {
    since: '1.3.0',
    text: "The name in the leader's certificate does not matter.",
    programDefault: false,
  }),
  framework_name: flag(text, {
    since: '0.7.6',
    text: 'What Marathon is called in Mesos, and so in the names of its tasks.',
    programDefault: 'marathon',
  }),
  failover_timeout: flag(integer(0, int32), {
    text: 'How long Mesos keeps the tasks while no Marathon is there.',
    unit: 'seconds',
    programDefault: 604800,
  }),
  checkpoint: flag(yes, {
    text: 'Agents remember the tasks, so that these outlive a restart of their agent.',
    programDefault: true,
  }),
  mesos_role: flag(text, { text: 'The role of Marathon in Mesos; * when left out.' }),
  new_group_enforce_role: flag(text, {
    since: '1.9.64',
    text: 'Whether new groups have a role of their own: off, or top for those of the top level.',
  }),
  mesos_user: flag(text, {
    text: 'The user that tasks run as; the one that Marathon runs as when left out.',
  }),
  mesos_authentication: flag(yes, {
    since: '1.3.0',
    text: 'Marathon proves to the master who it is.',
    programDefault: false,
  }),
  mesos_authentication_principal: flag(text, { since: '0.7.4', text: 'Who it is.' }),
  mesos_authentication_secret: flag(word, {
    since: '1.3.0',
    text: 'The secret that proves it; better in mesos_authentication_secret_file.',
    secret: true,
  }),
  mesos_authentication_secret_file: flag(path, {
    since: '0.7.4',
    text: 'The file of that secret.',
    local: true,
  }),
  mesos_bridge_name: flag(text, {
    since: '1.5.0',
    text: "The bridge network of Mesos's own containers; mesos-bridge when left out.",
  }),
  mesos_leader_ui_url: flag(text, {
    since: '0.11.0',
    text: 'The address of the page of Mesos, for links; that of the leading master when left out.',
  }),
  mesos_heartbeat_interval: flag(integer(1, int32), {
    text: 'After how long without a word of the master it is asked for one; 15 seconds when left out.',
    unit: milliseconds,
  }),
  mesos_heartbeat_failure_threshold: flag(integer(1, int32), {
    text: 'After how many such times the connection counts as lost; 5 when left out.',
  }),
  leader_election_backend: flag(text, {
    text: 'How the leader is elected; there is one way.',
    programDefault: 'curator',
  }),
  internal_store_backend: flag(text, { text: 'Where the state is kept: zk, or mem for tests.' }),
  internal_version_caching: flag(yes, {
    text: 'Versions of applications are held in memory.',
    programDefault: true,
  }),
} as const
