import { z } from 'zod'
import { duration } from '../kind/duration.ts'
import { kind } from '../kind/kind.ts'
import { list } from '../kind/list.ts'
import { path, text, yes } from '../kind/text.ts'
import { symbol } from '../mesos/kinds.ts'
import { flagsOf } from '../mesos/row.ts'

const flag = flagsOf('mesos-agent')

const handleError = 'must be a handle such as 0x0012'
const handle = kind(z.string({ error: handleError }).regex(/^0x[0-9a-fA-F]{1,4}$/, { error: handleError }), {
  name: 'handle',
  text: 'a hexadecimal number of 16 bits: 0x0012',
  good: ['0x0012', '0xAAAA'],
  bad: ['12', '0x12345', 5],
})
const rangeError = 'must be two handles, such as 0x0012,0x0FFF'
const handles = kind(
  z.string({ error: rangeError }).regex(/^0x[0-9a-fA-F]{1,4},0x[0-9a-fA-F]{1,4}$/, { error: rangeError }),
  {
    name: 'handles',
    text: 'the first and the last handle: 0x0012,0x0FFF',
    good: ['0x0012,0x0FFF'],
    bad: ['0x0012', '1,2', 5],
  },
)

/** Control groups, networks of containers, and counters of the processor. */
export const cgroupOptions = {
  cgroups_hierarchy: flag(path, {
    since: '0.13.0',
    text: 'Where the control groups are.',
    programDefault: '/sys/fs/cgroup',
    local: true,
  }),
  cgroups_root: flag(text, {
    since: '0.13.0',
    text: 'The name of the group in which all of Mesos is.',
    programDefault: 'mesos',
    local: true,
  }),
  cgroups_enable_cfs: flag(yes, {
    since: '0.13.0',
    text: 'Containers get no more processor than they have asked for, even while it is idle.',
    programDefault: false,
    local: true,
  }),
  cgroups_limit_swap: flag(yes, {
    since: '0.20.0',
    text: 'The limit of memory counts swap as well; not with cgroup v2.',
    programDefault: false,
    local: true,
  }),
  cgroups_cpu_enable_pids_and_tids_count: flag(yes, {
    since: '0.23.0',
    text: 'Processes and threads of each container are counted.',
    programDefault: false,
    local: true,
  }),
  cgroups_destroy_timeout: flag(duration, {
    since: '1.7.0',
    text: 'How long it may take to remove the group of a container.',
    programDefault: '1mins',
    local: true,
  }),
  cgroups_net_cls_primary_handle: flag(handle, {
    since: '0.28.0',
    text: 'What marks the packets of containers, with the isolator cgroups/net_cls.',
    local: true,
  }),
  cgroups_net_cls_secondary_handles: flag(handles, {
    since: '0.28.0',
    text: 'What marks those of each container by itself.',
    local: true,
  }),
  agent_subsystems: flag(list(symbol), {
    since: '1.0.0',
    text: 'Control groups that the agent itself is in, to be measured.',
    local: true,
    before: ['slave_subsystems'],
  }),
  revocable_cpu_low_priority: flag(yes, {
    since: '0.23.0',
    text: 'Containers on processors that are promised twice have a lower priority.',
    programDefault: true,
    local: true,
  }),
  network_cni_config_dir: flag(path, {
    since: '1.0.0',
    text: 'A folder with a file for each container network (CNI).',
    local: true,
  }),
  network_cni_plugins_dir: flag(text, {
    since: '1.0.0',
    text: 'Folders of the CNI plugins, with colons between them.',
    local: true,
  }),
  network_cni_root_dir_persist: flag(yes, {
    since: '1.8.0',
    text: 'What is remembered of container networks outlives a start of the machine.',
    programDefault: false,
    local: true,
  }),
  network_cni_metrics: flag(yes, {
    since: '1.7.0',
    text: 'Metrics of container networks.',
    programDefault: true,
    local: true,
  }),
  perf_events: flag(list(symbol), {
    since: '0.20.0',
    text: 'Counters of the processor to read for each container, with the isolator cgroups/perf_event.',
    local: true,
  }),
  perf_interval: flag(duration, {
    since: '0.20.0',
    text: 'How often they are read.',
    programDefault: '1mins',
    local: true,
  }),
  perf_duration: flag(duration, {
    since: '0.20.0',
    text: 'For how long they are read each time; less than perf_interval.',
    programDefault: '10secs',
    local: true,
  }),
} as const
