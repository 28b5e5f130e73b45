import { homedir } from 'node:os'
import type { Argument, Command, Flag } from './command.ts'
import { configCommand } from './config-table.ts'
import { controllersCommand } from './controllers-table.ts'
import { dataDir, json, keyFile, node } from './flags.ts'
import { keyCommand } from './key-table.ts'
import { lifeCommands } from './life-table.ts'
import { maintenanceCommand } from './maintenance-table.ts'
import { rolloutCommand } from './rollout-table.ts'
import { tokenCommand } from './token-table.ts'

const services: Argument[] = [
  { name: 'name', help: 'such as mesos-agent', optional: true, many: true, completes: 'services' },
]
const allServices: Flag = { name: 'all', help: 'all services of this machine' }

/** The one table of commands, in the order that help shows them. */
export const commands: Command[] = [
  {
    name: 'join',
    summary: 'make this machine part of a cluster',
    details:
      'Run again, it changes nothing; with another key it takes that one, if the cluster has it, and a machine that has met no cluster yet takes another target. The agent stays when join ends; see `meshbox status`.',
    args: [
      { name: 'target', help: 'the ZooKeeper URL, zk://host:port,…/path, or host[:port] of any member' },
    ],
    flags: [
      { name: 'config', value: 'FILE', help: 'seed the shared document with FILE if there is none' },
      keyFile,
      {
        name: 'token',
        value: 'TOKEN',
        help: 'in place of the key, from `meshbox token create` (or MESHBOX_TOKEN)',
      },
      { name: 'token-file', value: 'FILE', help: 'the same in a file (or MESHBOX_TOKEN_FILE)' },
      dataDir,
      { name: 'name', value: 'NAME', help: "this machine's name (default: its host name)" },
      {
        name: 'advertise',
        value: 'ADDRESS',
        help: 'where the others reach this machine, behind NAT with all its ports forwarded',
      },
      {
        name: 'role',
        value: 'ROLE',
        help: 'controller: without mesos-agent (by default each machine has one); worker: nothing but that',
      },
      { name: 'foreground', help: 'run the agent here instead of in the background' },
      {
        name: 'expect',
        value: 'N',
        help: 'be born with N machines of the URL: your word that the others hold no data (default: all)',
      },
      { name: 'new', help: 'begin a cluster in a ZooKeeper that has others at other paths' },
      { name: 'simulated', help: 'with stand-ins for Mesos and Marathon, for trials' },
      { name: 'timeout', value: 'SECONDS', help: 'how long to wait until it is ready (default 120)' },
      json,
    ],
    examples: [
      'meshbox join zk://10.0.0.1:2181/mesos',
      'meshbox join zk://10.0.0.1,10.0.0.2,10.0.0.3/mesos',
      'meshbox join 10.0.0.7',
      'meshbox join 10.0.0.7 --key-file cluster.key',
      'meshbox join 10.0.0.7 --token-file token',
      'meshbox join zk://127.0.0.1:2181/mesos --simulated --data-dir /tmp/trial',
    ],
    load: async () => (await import('./command/join.ts')).join,
  },
  {
    name: 'leave',
    summary: 'take this machine out of its cluster, or forget one that is dead',
    details:
      'Its tasks are ended first, so that their frameworks start them elsewhere; then its programs, and it says goodbye. Its data stays for a return with `join`. A controller on which others count is refused: see `meshbox controllers`.',
    flags: [
      { name: 'yes', help: 'do not ask' },
      { name: 'purge', help: 'remove all data of this machine too' },
      { name: 'no-drain', help: 'end the tasks at once' },
      { name: 'timeout', value: 'SECONDS', help: 'how long its tasks may take to end (default 300)' },
      {
        name: 'forget',
        value: 'NODE',
        help: 'have all machines forget a worker that has failed for good',
        completes: 'nodes',
      },
      dataDir,
      json,
    ],
    examples: ['meshbox leave', 'meshbox leave --yes --purge', 'meshbox leave --forget worker-7'],
    load: async () => (await import('./command/leave.ts')).leave,
  },
  {
    name: 'status',
    summary: 'the whole cluster: what runs where, and what is wrong',
    details: 'This machine with its services, and the others with a line each, those in trouble first.',
    flags: [{ name: 'watch', help: 'show it again each second, until Ctrl-C' }, node, dataDir, json],
    examples: ['meshbox status', 'meshbox status --json', 'meshbox status --node b'],
    load: async () => (await import('./command/status.ts')).status,
  },
  {
    name: 'service',
    summary: 'start, stop and restart the programs of this machine',
    subcommands: [
      {
        name: 'list',
        summary: 'what runs here, and why something does not',
        flags: [node, dataDir, json],
        examples: ['meshbox service list'],
        load: async () => (await import('./command/service.ts')).list,
      },
      {
        name: 'start',
        summary: 'start what is stopped or has failed, and wait for it',
        args: services,
        flags: [
          allServices,
          { name: 'everywhere', help: 'on every machine on which it is stopped or has failed (needs a key)' },
          node,
          dataDir,
          json,
        ],
        examples: ['meshbox service start mesos-agent', 'meshbox service start mesos-master --everywhere'],
        load: async () => (await import('./command/service.ts')).start,
      },
      {
        name: 'stop',
        summary: 'stop a program until somebody starts it again',
        details: 'It stays stopped through reboots. Tasks go on while mesos-agent is stopped.',
        args: services,
        flags: [allServices, node, dataDir, json],
        examples: ['meshbox service stop marathon', 'meshbox service stop --all'],
        load: async () => (await import('./command/service.ts')).stop,
      },
      {
        name: 'restart',
        summary: 'stop and start a program, and wait for it',
        args: services,
        flags: [allServices, node, dataDir, json],
        examples: ['meshbox service restart marathon'],
        load: async () => (await import('./command/service.ts')).restart,
      },
    ],
  },
  {
    name: 'adopt',
    summary: 'take over ZooKeeper, Mesos and Marathon that run here',
    details:
      'Nothing is stopped: the programs go on as they are, their folders stay where they are, their flags become the ' +
      'document, and their units are kept from starting. A ZooKeeper that cannot be started again as it is stays with its ' +
      'unit, and the plan says why. --undo gives all of it back.',
    args: [{ name: 'zk-url', help: 'where their flags do not name it', optional: true }],
    flags: [
      { name: 'dry-run', help: 'show what would be taken over, and change nothing' },
      { name: 'undo', help: 'give the programs back to their units, and leave the cluster' },
      { name: 'name', value: 'NAME', help: "this machine's name (default: its host name)" },
      keyFile,
      { name: 'yes', help: 'do not ask' },
      dataDir,
      json,
    ],
    examples: ['meshbox adopt --dry-run', 'meshbox adopt', 'meshbox adopt --undo'],
    load: async () => (await import('./command/adopt.ts')).adopt,
  },
  {
    name: 'install',
    summary: 'have the programs on this machine that are to run here',
    details:
      'The document says where each comes from (packages.<program>): the system, apt, an archive, a docker image. The ' +
      'agent fetches them by itself; this waits for it, and tells what has no source.',
    flags: [
      { name: 'plan', help: 'tell what would come from where, and fetch nothing' },
      { name: 'config', value: 'FILE', help: 'before a join: the document that says where from' },
      node,
      dataDir,
      json,
    ],
    examples: ['meshbox install --plan', 'meshbox install', 'meshbox install --config cluster.yaml'],
    load: async () => (await import('./command/install.ts')).install,
  },
  {
    name: 'logs',
    summary: 'what a program of this machine has written',
    details: 'Over all its pieces: a log is rotated at 10 MiB, and five pieces are kept.',
    args: [
      { name: 'service', help: 'such as mesos-agent; meshbox is the agent itself', completes: 'services' },
    ],
    flags: [
      { name: 'follow', short: 'f', help: 'go on with what is written from now on' },
      { name: 'lines', short: 'n', value: 'N', help: 'so many lines at most (default 100)' },
      { name: 'since', value: 'WHEN', help: 'from then on: 10m, 2h, 1d, or a date and time' },
      node,
      dataDir,
      { ...json, help: 'print JSON, an object for each line' },
    ],
    examples: [
      'meshbox logs mesos-master',
      'meshbox logs zookeeper -f --since 10m',
      'meshbox logs marathon -f --node b',
    ],
    load: async () => (await import('./command/logs.ts')).logs,
  },
  {
    name: 'members',
    summary: 'the machines that gossip knows, and how they are',
    flags: [dataDir, json],
    examples: ['meshbox members'],
    load: async () => (await import('./command/members.ts')).members,
  },
  {
    name: 'monitor',
    summary: 'show machines that come, go, fail and change, as it happens',
    flags: [dataDir, json],
    examples: ['meshbox monitor'],
    load: async () => (await import('./command/members.ts')).monitor,
  },
  configCommand,
  keyCommand,
  tokenCommand,
  {
    name: 'plan',
    summary: 'what the document changes on this machine, why, and who notices',
    details:
      'What starts no program anew happens at once. The rest goes from machine to machine; see `meshbox rollout`.',
    args: [{ name: 'file', help: 'a document in place of the shared one', optional: true }],
    flags: [{ name: 'exit-code', help: 'end with 4 when there is something to do' }, dataDir, json],
    examples: ['meshbox plan', 'meshbox plan cluster.yaml --exit-code'],
    load: async () => (await import('./command/plan.ts')).plan,
  },
  rolloutCommand,
  controllersCommand,
  maintenanceCommand,
  {
    name: 'dns',
    summary: 'the names that this machine answers for',
    subcommands: [
      {
        name: 'records',
        summary: 'list every record, or those of one name',
        args: [{ name: 'name', help: 'such as web.marathon.mesos', optional: true }],
        flags: [dataDir, json],
        examples: ['meshbox dns records', 'meshbox dns records web.marathon.mesos'],
        load: async () => (await import('./command/dns.ts')).records,
      },
      {
        name: 'serve',
        summary: 'run the resolver alone, in the place of Mesos-DNS',
        flags: [{ name: 'config', value: 'FILE', help: "Mesos-DNS's own file (default: config.json)" }],
        examples: ['meshbox dns serve --config /etc/mesos-dns/config.json'],
        load: async () => (await import('./command/dns.ts')).serve,
      },
    ],
  },
  {
    name: 'doctor',
    summary: 'examine this machine, before it joins or at any time',
    details: 'Exits with 5 when something has failed. Changes nothing without --fix.',
    args: [{ name: 'zk-url', help: 'what `join` is to be told, before it is', optional: true }],
    flags: [
      { name: 'config', value: 'FILE', help: 'the document that `join` is to be given' },
      { name: 'simulated', help: 'as for `join --simulated`' },
      {
        name: 'fix',
        help: 'mend what can be mended without harm: start the agent, install ZooKeeper, make room on a full disk',
      },
      dataDir,
      json,
    ],
    examples: ['meshbox doctor', 'meshbox doctor zk://10.0.0.1:2181/mesos --fix'],
    load: async () => (await import('./command/doctor.ts')).doctor,
  },
  {
    name: 'dev',
    summary: 'a whole one-machine cluster in one command, to try things out',
    details: 'Ctrl-C ends all of it. Programs that are not installed are simulated, and labelled so.',
    flags: [
      { name: 'config', value: 'FILE', help: 'seed the shared document with FILE if there is none' },
      keyFile,
      {
        name: 'data-dir',
        value: 'DIR',
        help: 'keep all files under DIR (default: ~/.meshbox/dev)',
        otherwise: `${homedir()}/.meshbox/dev`,
      },
      { ...json, help: 'print the status, a line of JSON, once all is ready' },
    ],
    examples: ['meshbox dev', 'meshbox dev --data-dir /tmp/dev --config cluster.yaml'],
    load: async () => (await import('./command/dev.ts')).dev,
  },
  {
    name: 'agent',
    summary: 'run the agent of a machine that has joined (what join starts)',
    flags: [dataDir],
    examples: ['meshbox agent --data-dir /tmp/trial'],
    load: async () => (await import('./command/agent.ts')).agent,
  },
  ...lifeCommands,
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    args: [{ name: 'shell', help: 'bash, zsh or fish', completes: 'shells' }],
    examples: ['meshbox completion bash > /etc/bash_completion.d/meshbox'],
    load: async () => (await import('./command/completion.ts')).completion,
  },
  {
    name: 'version',
    summary: 'print version, commit and Bun’s version',
    flags: [json],
    examples: ['meshbox version'],
    load: async () => (await import('./command/version.ts')).showVersion,
  },
]
