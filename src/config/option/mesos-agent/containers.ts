import { z } from 'zod'
import { duration, durationFrom } from '../kind/duration.ts'
import { kind } from '../kind/kind.ts'
import { list } from '../kind/list.ts'
import { size } from '../kind/size.ts'
import { choice, path, text, yes } from '../kind/text.ts'
import { structure, symbol } from '../mesos/kinds.ts'
import { flagsOf } from '../mesos/row.ts'

const flag = flagsOf('mesos-agent')

const rangeError = 'must be a range, such as [10000-20000]'
const gidRange = kind(z.string({ error: rangeError }).regex(/^\[\d+-\d+\]$/, { error: rangeError }), {
  name: 'range',
  text: 'the first and the last number: [10000-20000]',
  good: ['[10000-20000]'],
  bad: ['10000-20000', '[1]', 5],
})

/** How tasks are kept apart. */
export const containerOptions = {
  containerizers: flag(list(choice('mesos', 'docker')), {
    since: '0.20.0',
    text: 'What makes containers, in the order in which they are tried; docker,mesos where docker.install is true.',
    programDefault: ['mesos'],
    local: true,
  }),
  isolation: flag(list(symbol), {
    text: "What containers are kept apart by; cgroups/cpu and the like need root and cgroups. Mesos's own containers alone.",
    programDefault: ['posix/cpu', 'posix/mem'],
    local: true,
  }),
  launcher: flag(choice('linux', 'posix'), {
    since: '0.25.0',
    text: 'How the processes of containers are started; linux needs root, so it is posix without.',
    programDefault: 'linux',
    local: true,
  }),
  launcher_dir: flag(path, {
    text: 'The folder of the programs that Mesos brings along.',
    programDefault: '/usr/libexec/mesos',
    local: true,
  }),
  switch_user: flag(yes, {
    text: 'Tasks run as the user that their framework names; without root they run as the agent does.',
    programDefault: true,
    local: true,
  }),
  sandbox_directory: flag(path, {
    since: '0.24.0',
    text: 'Where a container sees its sandbox.',
    programDefault: '/mnt/mesos/sandbox',
  }),
  executor_registration_timeout: flag(duration, {
    since: '0.13.0',
    text: 'How long an executor may take to start and tell so.',
    programDefault: '1mins',
    local: true,
  }),
  executor_reregistration_timeout: flag(durationFrom('0ns', '15secs'), {
    since: '1.4.0',
    text: 'How long executors may take to come back to a restarted agent.',
    programDefault: '2secs',
    local: true,
  }),
  executor_reregistration_retry_interval: flag(duration, {
    since: '1.4.0',
    text: 'How often those with a library before Mesos 1.1.2 are called again; once when left out.',
    local: true,
  }),
  executor_shutdown_grace_period: flag(duration, {
    since: '0.11.0',
    text: 'How long an executor may take to end, where its framework says nothing.',
    programDefault: '5secs',
    local: true,
  }),
  executor_environment_variables: flag(structure({ PATH: '/bin:/usr/bin' }), {
    since: '0.23.0',
    text: 'The environment of executors; that of the agent when left out.',
    local: true,
  }),
  http_command_executor: flag(yes, {
    since: '1.0.0',
    text: 'The built-in executor speaks HTTP. Experimental.',
    programDefault: false,
  }),
  http_executor_domain_sockets: flag(yes, {
    since: '1.10.0',
    text: 'Executors reach their agent by a Unix socket.',
    programDefault: false,
    local: true,
  }),
  domain_socket_location: flag(text, {
    since: '1.10.0',
    text: 'The path of that socket, or systemd: and a name; agent.sock in runtime_dir when left out.',
    local: true,
  }),
  default_container_info: flag(structure({ type: 'MESOS' }), {
    since: '0.21.0',
    text: 'What a container is like when its framework says nothing.',
    local: true,
  }),
  default_container_dns: flag(
    structure({ mesos: [{ network_mode: 'CNI', dns: { nameservers: ['10.0.0.1'] } }] }),
    { since: '1.4.0', text: 'Name servers of containers with a network of their own.', local: true },
  ),
  default_container_shm_size: flag(size, {
    since: '1.9.0',
    text: 'The size of /dev/shm of containers that have their own, with the isolator namespaces/ipc.',
    local: true,
  }),
  disallow_sharing_agent_ipc_namespace: flag(yes, {
    since: '1.9.0',
    text: 'No container shares the IPC namespace of the agent, with the isolator namespaces/ipc.',
    programDefault: false,
    local: true,
  }),
  disallow_sharing_agent_pid_namespace: flag(yes, {
    since: '1.4.0',
    text: 'No container shares the pid namespace of the agent, with the isolator namespaces/pid.',
    programDefault: false,
    local: true,
  }),
  effective_capabilities: flag(structure({ capabilities: ['NET_RAW'] }), {
    since: '1.4.0',
    text: 'The Linux capabilities that tasks get, with the isolator linux/capabilities.',
    local: true,
    before: ['allowed_capabilities'],
  }),
  bounding_capabilities: flag(structure({ capabilities: ['NET_RAW', 'SYS_ADMIN'] }), {
    since: '1.4.0',
    text: 'The Linux capabilities that tasks may get at most, with the isolator linux/capabilities.',
    local: true,
  }),
  allowed_devices: flag(
    structure({ allowed_devices: [{ device: { path: '/dev/fuse' }, access: { read: true } }] }),
    {
      since: '1.3.0',
      text: 'Further devices that containers may use, with the isolator cgroups/devices.',
      local: true,
    },
  ),
  nvidia_gpu_devices: flag(list(symbol), {
    since: '1.0.0',
    text: 'The numbers of the GPUs that are offered, as nvidia-smi has them.',
    local: true,
  }),
  container_logger: flag(symbol, {
    since: '0.27.0',
    text: 'A module that takes what tasks write; without one it goes to files in the sandbox.',
    local: true,
  }),
  secret_resolver: flag(symbol, {
    since: '1.4.0',
    text: 'A module that looks up secrets that are named by a reference.',
    local: true,
  }),
  host_path_volume_force_creation: flag(text, {
    since: '1.8.0',
    text: 'Folders, with colons between them, below which missing volumes are made, with the isolator volume/host_path.',
    local: true,
  }),
  volume_gid_range: flag(gidRange, {
    since: '1.8.0',
    text: 'Group ids for volumes that tasks share which are not root: [10000-20000].',
    local: true,
  }),
} as const
