import type { Command } from './command.ts'
import { dataDir, json, keyFile, node } from './flags.ts'

/** What becomes of the installation itself, and of what a cluster knows. */
export const lifeCommands: Command[] = [
  {
    name: 'backup',
    summary: 'all that the cluster knows, in one file',
    details:
      "The document with its history, the keyring, ZooKeeper's data and the masters' registry; sealed with the cluster's key, where there is one. It is made on the machine whose mesos-master leads: from another one that needs a key.",
    args: [{ name: 'file', help: 'where to write it; one that is there is replaced once it is whole' }],
    flags: [node, dataDir, json],
    examples: ['meshbox backup town.backup'],
    load: async () => (await import('./command/backup.ts')).backup,
  },
  {
    name: 'restore',
    summary: 'begin a new cluster with what a backup holds',
    details:
      'On each machine of the URL, which may be others than before. They begin together, when all of them have the same backup; the others join. Over a cluster that lives it is refused.',
    args: [
      { name: 'file', help: 'what `meshbox backup` has written' },
      {
        name: 'zk-url',
        help: 'the machines that are to run ZooKeeper: zk://host:port,…/path',
        optional: true,
      },
    ],
    flags: [
      { name: 'check', help: 'read it through, tell what is in it, and change nothing' },
      keyFile,
      { name: 'name', value: 'NAME', help: "this machine's name (default: its host name)" },
      { name: 'advertise', value: 'ADDRESS', help: 'where the others reach this machine, behind NAT' },
      { name: 'expect', value: 'N', help: 'begin with N machines of the URL (default: all)' },
      { name: 'timeout', value: 'SECONDS', help: 'how long to wait until it is ready (default 120)' },
      dataDir,
      json,
    ],
    examples: [
      'meshbox restore town.backup zk://10.0.0.1,10.0.0.2,10.0.0.3/mesos',
      'meshbox restore town.backup --check --key-file cluster.key',
    ],
    load: async () => (await import('./command/restore.ts')).restore,
  },
  {
    name: 'support',
    summary: 'one archive of the whole cluster, for those who are to help',
    details:
      'Of each machine its status, what the doctor finds, the document, plans, versions, flags, what it knows of the others, and the ends of its logs. No secret is in it. Machines that do not answer are named, and the others are in it all the same.',
    args: [
      { name: 'file', help: 'where to write it (default: meshbox-support-<time>.tar.gz)', optional: true },
    ],
    flags: [dataDir, json],
    examples: ['meshbox support', 'meshbox support help.tar.gz'],
    load: async () => (await import('./command/support.ts')).support,
  },
  {
    name: 'upgrade',
    summary: 'another version of meshbox, on every machine',
    details:
      'A worker first, then the other workers, ten at a time, then the controllers one by one; this machine at the end. Only the agents are started anew; every program goes on. A machine that does not get as well as it was goes back by itself, and no further one begins. In a cluster without a key: --here, on each.',
    flags: [
      { name: 'version', value: 'V', help: 'which version (default: the newest; an older one goes back)' },
      {
        name: 'from',
        value: 'SOURCE',
        help: 'the folder of the releases (default: where this one came from)',
      },
      { name: 'here', help: 'this machine alone' },
      { name: 'timeout', value: 'SECONDS', help: 'how long each may take to get well (default 120)' },
      dataDir,
      json,
    ],
    examples: ['meshbox upgrade', 'meshbox upgrade --version 1.4.0', 'meshbox upgrade --here'],
    load: async () => (await import('./command/upgrade.ts')).upgrade,
  },
  {
    name: 'uninstall',
    summary: 'take meshbox away from this machine',
    details:
      'A machine that has joined leaves its cluster first, with all that `meshbox leave` undoes. Its data stays unless you say otherwise; so do packages that were installed with apt.',
    flags: [
      { name: 'yes', help: 'do not ask; the data stays' },
      { name: 'purge', help: 'remove all data of this machine too' },
      { name: 'no-drain', help: 'end the tasks at once' },
      { name: 'timeout', value: 'SECONDS', help: 'how long its tasks may take to end (default 300)' },
      dataDir,
      json,
    ],
    examples: ['meshbox uninstall', 'meshbox uninstall --yes --purge'],
    load: async () => (await import('./command/uninstall.ts')).uninstall,
  },
]
