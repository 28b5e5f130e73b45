import { integer, port } from '../kind/number.ts'
import { choice, text, yes } from '../kind/text.ts'
import { flag } from './row.ts'

const int32 = 2_147_483_647
const milliseconds = 'milliseconds'

/** Applications, their tasks, and the offers that they are started on. */
export const taskOptions = {
  executor: flag(text, {
    text: 'What runs a task whose application names nothing.',
    programDefault: '//cmd',
  }),
  env_vars_prefix: flag(text, {
    since: '0.10.0',
    text: 'What the environment variables that Marathon adds begin with.',
  }),
  default_network_name: flag(text, {
    since: '1.3.0',
    text: 'The container network of applications that name none.',
  }),
  default_accepted_resource_roles: flag(text, {
    since: '0.9.0',
    text: 'The roles whose resources applications take that name none, with commas.',
  }),
  accepted_resource_roles_default_behavior: flag(choice('any', 'unreserved', 'reserved'), {
    since: '1.9.64',
    text: 'Which resources applications take that say nothing.',
  }),
  gpu_scheduling_behavior: flag(choice('restricted', 'unrestricted', 'undefined'), {
    since: '1.5.7',
    text: 'Whether tasks without GPUs may run on machines that have some.',
  }),
  local_port_min: flag(port, {
    text: 'The first of the service ports that applications are given.',
    programDefault: 10000,
  }),
  local_port_max: flag(port, {
    text: 'The last of them.',
    programDefault: 20000,
  }),
  max_apps: flag(integer(1, int32), {
    since: '0.11.1',
    text: 'How many applications there may be; no limit when left out.',
  }),
  max_running_deployments: flag(integer(1, int32), {
    since: '1.5.9',
    text: 'How many deployments may go on at once; further ones are refused.',
    programDefault: 100,
  }),
  max_instances_per_offer: flag(integer(1, int32), {
    since: '1.4.0',
    text: 'How many tasks are started on one offer.',
    programDefault: 5,
  }),
  offer_matching_timeout: flag(integer(1, int32), {
    since: '0.11.0',
    text: 'How long to look for tasks that fit an offer.',
    unit: milliseconds,
    programDefault: 3000,
  }),
  decline_offer_duration: flag(integer(0, int32), {
    since: '0.9.2',
    text: 'For how long an offer that nothing fits is not wanted again.',
    unit: milliseconds,
    programDefault: 120000,
  }),
  suppress_offers: flag(yes, {
    since: '1.5.11',
    text: 'No offers are wanted while nothing is to be started.',
    programDefault: true,
  }),
  min_revive_offers_interval: flag(integer(0, int32), {
    since: '0.9.2',
    text: 'How often all offers may be asked for again.',
    unit: milliseconds,
    programDefault: 5000,
  }),
  mesos_offer_constraints: flag(yes, {
    text: 'The master itself leaves out offers that cannot fit.',
    programDefault: false,
  }),
  min_mesos_offer_constraints_update_interval: flag(integer(0, int32), {
    text: 'How often the master is told of that at most.',
    unit: milliseconds,
    programDefault: 1000,
  }),
  launch_tokens: flag(integer(1, int32), {
    since: '0.11.0',
    text: 'How many tasks may be started in a time.',
    programDefault: 100,
  }),
  launch_token_refresh_interval: flag(integer(1, int32), {
    since: '0.11.0',
    text: 'That time.',
    unit: milliseconds,
    programDefault: 30000,
  }),
  task_launch_timeout: flag(integer(1, int32), {
    text: 'How long a task may take to run before it is killed.',
    unit: milliseconds,
    programDefault: 300000,
  }),
  task_launch_confirm_timeout: flag(integer(1, int32), {
    since: '0.11.0',
    text: 'How long it may take until Mesos has the task at all.',
    unit: milliseconds,
    programDefault: 300000,
  }),
  task_reservation_timeout: flag(integer(1, int32), {
    since: '1.1.0',
    text: 'How long a reservation may take.',
    unit: milliseconds,
    programDefault: 20000,
  }),
  task_lost_expunge_initial_delay: flag(integer(0, int32), {
    since: '0.15.4',
    text: 'How soon after its start a leader looks for tasks that are lost for good.',
    unit: milliseconds,
    programDefault: 300000,
  }),
  task_lost_expunge_interval: flag(integer(1, int32), {
    since: '0.15.4',
    text: 'How often it looks again.',
    unit: milliseconds,
    programDefault: 30000,
  }),
  reconciliation_initial_delay: flag(integer(0, int32), {
    text: 'How soon after its start a leader asks Mesos which tasks run.',
    unit: milliseconds,
    programDefault: 15000,
  }),
  reconciliation_interval: flag(integer(1, int32), {
    text: 'How often it asks again.',
    unit: milliseconds,
    programDefault: 600000,
  }),
  scale_apps_initial_delay: flag(integer(0, int32), {
    since: '0.8.2',
    text: 'How soon after its start a leader looks whether each application has its instances.',
    unit: milliseconds,
    programDefault: 15000,
  }),
  scale_apps_interval: flag(integer(1, int32), {
    since: '0.8.2',
    text: 'How often it looks again.',
    unit: milliseconds,
    programDefault: 300000,
  }),
  max_concurrent_marathon_health_checks: flag(integer(1, int32), {
    since: '1.5.14',
    text: 'How many health checks by Marathon itself may go on at once.',
    programDefault: 256,
  }),
  maintenance_mode: flag(yes, {
    since: '1.6.0',
    text: 'Nothing is started on machines that are being maintained.',
    programDefault: true,
  }),
  draining_seconds: flag(integer(0, int32), {
    since: '1.5.7',
    text: 'How long before a maintenance nothing is started there any more.',
    unit: 'seconds',
    programDefault: 0,
  }),
} as const
