import type { Argument, Command } from './command.ts'
import { dataDir, json } from './flags.ts'

const key: Argument = { name: 'key', help: 'a key file, or the name of a key in `meshbox key list`' }

/** `meshbox key …` */
export const keyCommand: Command = {
  name: 'key',
  summary: 'the key that keeps a cluster to itself',
  subcommands: [
    {
      name: 'new',
      summary: 'make a key for a new cluster, and print it',
      details: 'Keep it as you keep a password. Every machine of the cluster is given the same one.',
      flags: [{ name: 'out', value: 'FILE', help: 'write it to FILE, readable by you alone, instead' }, json],
      examples: ['meshbox key new --out cluster.key'],
      load: async () => (await import('./command/key.ts')).make,
    },
    {
      name: 'list',
      summary: 'the keys that the machines of the cluster have, by their names',
      flags: [dataDir, json],
      examples: ['meshbox key list'],
      load: async () => (await import('./command/key.ts')).list,
    },
    {
      name: 'install',
      summary: 'give a new key to every machine',
      details:
        'They open with it from now on. The first of three steps to another key: install, use, remove.',
      args: [{ name: 'file', help: 'the key file, from `meshbox key new --out FILE`' }],
      flags: [dataDir, json],
      examples: ['meshbox key install new.key'],
      load: async () => (await import('./command/key.ts')).install,
    },
    {
      name: 'use',
      summary: 'have every machine seal with a key that all of them have',
      args: [key],
      flags: [dataDir, json],
      examples: ['meshbox key use new.key', 'meshbox key use 1a2b3c4d'],
      load: async () => (await import('./command/key.ts')).use,
    },
    {
      name: 'remove',
      summary: 'take a key from every machine that none seals with',
      args: [key],
      flags: [dataDir, json],
      examples: ['meshbox key remove 1a2b3c4d'],
      load: async () => (await import('./command/key.ts')).remove,
    },
  ],
}
