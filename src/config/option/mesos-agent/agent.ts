import { address } from '../kind/address.ts'
import { attributes } from '../kind/attributes.ts'
import { duration } from '../kind/duration.ts'
import { fileValue } from '../kind/file-value.ts'
import { integer } from '../kind/number.ts'
import { ours } from '../kind/ours.ts'
import { resources } from '../kind/resources.ts'
import { choice, path, text, yes } from '../kind/text.ts'
import { credential, credentials, structure, symbol } from '../mesos/kinds.ts'
import { flagsOf } from '../mesos/row.ts'

const flag = flagsOf('mesos-agent')

/** What an agent is and offers, how it comes to its master, and what it finds again after a restart. */
export const agentOptions = {
  master: flag(ours('every program gets the URL that the machine was joined with: `meshbox join zk://…`'), {
    text: 'Where the leading master is found.',
  }),
  resources: flag(resources, {
    text: 'What the machine offers; what it has when left out. A change needs reconfiguration_policy, or a new work_dir.',
    local: true,
  }),
  attributes: flag(attributes, {
    text: 'What frameworks and selectors can tell machines by. A change needs reconfiguration_policy, or a new work_dir.',
    local: true,
  }),
  default_role: flag(symbol, {
    since: '0.14.0',
    text: 'The role that resources belong to where none is named.',
    programDefault: '*',
    local: true,
  }),
  work_dir: flag(path, {
    text: 'The folder of sandboxes and of what the agent remembers; in the data folder of meshbox when left out.',
    change: 'immutable',
    why: 'an agent without what it remembers is a new one, and the tasks of the old one are killed',
    local: true,
    programDefault: undefined,
  }),
  runtime_dir: flag(path, {
    since: '1.1.0',
    text: 'The folder of what is remembered until the machine starts again; in the data folder of meshbox when left out.',
    change: 'immutable',
    why: 'an agent that does not find its containers there kills them',
    local: true,
    programDefault: '/var/run/mesos',
  }),
  reconfiguration_policy: flag(choice('equal', 'additive'), {
    since: '1.5.0',
    text: 'Which changes of resources, attributes and domain an agent may come back with: none, or only more of them.',
    programDefault: 'equal',
    local: true,
  }),
  recover: flag(choice('reconnect', 'cleanup'), {
    since: '0.13.0',
    text: 'What a restarted agent does with the tasks that it finds: goes on with them, or kills them and ends.',
    programDefault: 'reconnect',
    local: true,
  }),
  recovery_timeout: flag(duration, {
    since: '0.14.0',
    text: 'How long tasks go on while their agent is away.',
    programDefault: '15mins',
    local: true,
  }),
  strict: flag(yes, {
    since: '0.13.0',
    text: 'A fault in what the agent remembers stops it; otherwise it goes on with the rest.',
    programDefault: true,
    local: true,
  }),
  registration_backoff_factor: flag(duration, {
    since: '0.19.0',
    text: 'Within which time agents come to a new master; the next tries are further apart.',
    programDefault: '1secs',
  }),
  ip6: flag(address, {
    since: '1.4.0',
    text: 'The IPv6 address that containers on the network of the machine are told.',
    local: true,
  }),
  ip6_discovery_command: flag(path, {
    since: '1.4.0',
    text: 'A program that prints that address.',
    local: true,
  }),
  credential: flag(fileValue(credential), {
    since: '0.19.0',
    text: 'Who the agent is for its master, and the secret that proves it.',
    secret: true,
    file: true,
    local: true,
  }),
  authenticatee: flag(symbol, {
    since: '0.22.0',
    text: 'How the agent proves to the master who it is: crammd5, or a module.',
    programDefault: 'crammd5',
  }),
  authentication_backoff_factor: flag(duration, {
    since: '1.0.0',
    text: 'By how much the next try to do so is further away.',
    programDefault: '1secs',
  }),
  authentication_timeout_min: flag(duration, {
    since: '1.7.0',
    text: 'How long such a try may take at least.',
    programDefault: '5secs',
  }),
  authentication_timeout_max: flag(duration, {
    since: '1.7.0',
    text: 'How long such a try may take at most.',
    programDefault: '1mins',
  }),
  authorizer: flag(symbol, {
    since: '1.0.0',
    text: 'What decides who may do what: local, which looks at acls, or a module.',
    programDefault: 'local',
  }),
  http_authenticators: flag(symbol, {
    since: '1.0.0',
    text: 'How operators prove who they are over HTTP: basic, or a module.',
  }),
  http_credentials: flag(fileValue(credentials), {
    since: '1.0.0',
    text: 'The principals of operators with their secrets.',
    secret: true,
    file: true,
  }),
  http_heartbeat_interval: flag(duration, {
    since: '1.2.0',
    text: 'How often something is sent on long HTTP connections, so that they stay open.',
    programDefault: '30secs',
  }),
  agent_features: flag(structure({ capabilities: [{ type: 'MULTI_ROLE' }] }), {
    since: '1.5.0',
    text: 'The capabilities that the agent tells its master of.',
    local: true,
  }),
  resource_provider_config_dir: flag(path, {
    since: '1.4.0',
    text: 'A folder with the configuration of local resource providers.',
    local: true,
  }),
  csi_plugin_config_dir: flag(path, {
    since: '1.11.0',
    text: 'A folder with the configuration of CSI plugins.',
    local: true,
  }),
  disk_profile_adaptor: flag(symbol, {
    since: '1.5.0',
    text: 'A module that translates disk profiles for storage plugins.',
    local: true,
  }),
  resource_estimator: flag(symbol, {
    since: '0.23.0',
    text: 'A module that tells how much can be promised twice.',
    local: true,
  }),
  qos_controller: flag(symbol, {
    since: '0.23.0',
    text: 'A module that ends tasks when too much was promised twice.',
    local: true,
  }),
  qos_correction_interval_min: flag(duration, {
    since: '0.23.0',
    text: 'How often it may do so at most.',
    programDefault: '0ns',
    local: true,
  }),
  oversubscribed_resources_interval: flag(duration, {
    since: '0.23.0',
    text: 'How often the master is told how much can be promised twice.',
    programDefault: '15secs',
    local: true,
  }),
  max_completed_executors_per_framework: flag(integer(0), {
    since: '1.1.0',
    text: 'How many executors that have ended are remembered for each framework.',
    programDefault: 150,
  }),
  systemd_enable_support: flag(yes, {
    since: '0.28.0',
    text: 'Executors outlive the agent under systemd; so it is where meshbox is root on a machine with systemd.',
    programDefault: true,
    local: true,
  }),
  systemd_runtime_directory: flag(path, {
    since: '0.25.0',
    text: 'Where systemd has its units of the running system.',
    programDefault: '/run/systemd/system',
    local: true,
  }),
  frameworks_home: flag(text, {
    text: 'The folder that relative paths of executors begin in.',
    local: true,
  }),
} as const
