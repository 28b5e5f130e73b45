import { z } from 'zod'
import { duration } from '../kind/duration.ts'
import { fileValue } from '../kind/file-value.ts'
import { kind } from '../kind/kind.ts'
import { list } from '../kind/list.ts'
import { integer, ratio } from '../kind/number.ts'
import { size } from '../kind/size.ts'
import { choice, path, yes } from '../kind/text.ts'
import { weights } from '../kind/weights.ts'
import { structure, symbol } from '../mesos/kinds.ts'
import { flagsOf } from '../mesos/row.ts'

const flag = flagsOf('mesos-master')

const quantityError = 'must be sets such as cpus:0.01|mem:32, or disk:1|cpus:1;mem:32'
const quantity = String.raw`[\w.-]+:\d+(\.\d+)?`
const quantities = kind(
  z
    .string({ error: quantityError })
    .regex(new RegExp(`^(${quantity}([;|]${quantity})*)?$`), { error: quantityError }),
  {
    name: 'quantities',
    text: 'sets of amounts, all of one set or all of another: disk:1|cpus:1;mem:32',
    good: ['cpus:0.01|mem:32', 'disk:1|cpus:1;mem:32;ports:1', ''],
    bad: ['cpus', 'cpus:1,mem:32', 'cpus=1', 5],
  },
)

/** What is offered to whom. */
export const allocationOptions = {
  allocator: flag(symbol, {
    since: '0.23.0',
    text: 'What shares out the resources: the hierarchical allocator, or one of a module.',
    programDefault: 'hierarchical',
  }),
  allocation_interval: flag(duration, {
    since: '0.11.0',
    text: 'How often resources are shared out.',
    programDefault: '1secs',
  }),
  allocator_agent_recovery_factor: flag(ratio, {
    since: '1.11.0',
    text: 'Which part of the known agents must be back before a new leader offers anything.',
    programDefault: 0.8,
  }),
  allocator_recovery_timeout: flag(duration, {
    since: '1.11.0',
    text: 'After which time a new leader makes offers anyway.',
    programDefault: '10mins',
  }),
  role_sorter: flag(choice('drf', 'random'), {
    since: '1.7.0',
    text: 'In which order roles get their share.',
    programDefault: 'drf',
    before: ['user_sorter'],
  }),
  framework_sorter: flag(choice('drf', 'random'), {
    since: '0.11.0',
    text: 'In which order the frameworks of a role get their share.',
    programDefault: 'drf',
  }),
  fair_sharing_excluded_resource_names: flag(list(symbol), {
    since: '1.0.0',
    text: 'Resources that do not count for fair shares, such as gpus.',
  }),
  filter_gpu_resources: flag(yes, {
    since: '1.4.0',
    text: 'Machines with GPUs are offered only to frameworks that know of GPUs.',
    programDefault: true,
  }),
  min_allocatable_resources: flag(quantities, {
    since: '1.7.0',
    text: 'Less than this is not offered.',
    programDefault: 'cpus:0.01|mem:32',
  }),
  offer_timeout: flag(duration, {
    since: '0.21.0',
    text: 'After which time an offer that a framework sits on is taken back; never when left out.',
  }),
  offer_constraints_re2_max_mem: flag(size, {
    since: '1.11.0',
    text: 'How much memory a regular expression of a framework may take.',
    programDefault: '4KB',
  }),
  offer_constraints_re2_max_program_size: flag(integer(1, 2_147_483_647), {
    since: '1.11.0',
    text: 'How long the program of such an expression may be.',
    programDefault: 100,
  }),
  roles: flag(list(symbol), {
    since: '0.14.0',
    text: 'The roles that there are; any name is a role when left out. Deprecated in Mesos.',
  }),
  weights: flag(weights, {
    since: '0.14.0',
    text: 'The shares of roles against each other. Deprecated in Mesos, which has an API for it.',
  }),
  rate_limits: flag(fileValue(structure({ limits: [{ principal: 'foo', qps: 55.5 }] })), {
    since: '0.20.0',
    text: 'How many messages a second each framework may send, by principal.',
    file: true,
  }),
  root_submissions: flag(yes, {
    text: 'Frameworks may run tasks as root.',
    programDefault: true,
  }),
  max_completed_frameworks: flag(integer(0), {
    since: '0.27.0',
    text: 'How many frameworks that have ended are remembered.',
    programDefault: 50,
  }),
  max_completed_tasks_per_framework: flag(integer(0), {
    since: '0.27.0',
    text: 'How many tasks that have ended are remembered for each framework.',
    programDefault: 1000,
  }),
  max_unreachable_tasks_per_framework: flag(integer(0), {
    since: '1.2.0',
    text: 'How many tasks that cannot be reached are remembered for each framework.',
    programDefault: 1000,
  }),
  max_operator_event_stream_subscribers: flag(integer(1), {
    since: '1.8.0',
    text: 'How many may follow the events of the master; each meshbox resolver that asks the master is one.',
    programDefault: 1000,
  }),
  publish_per_framework_metrics: flag(yes, {
    since: '1.8.0',
    text: 'Metrics for each framework by itself.',
    programDefault: true,
  }),
  webui_dir: flag(path, {
    text: 'The folder of the page of Mesos.',
    programDefault: '/usr/share/mesos/webui',
    local: true,
  }),
} as const
