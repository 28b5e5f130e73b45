import type { Command } from './command.ts'

/** `meshbox key …` */
export const keyCommand: Command = {
  name: 'key',
  summary: 'the key that keeps a cluster to itself',
  subcommands: [
    {
      name: 'new',
      summary: 'make a key for a new cluster, and print it',
      details: 'Keep it as you keep a password. Every machine of the cluster is given the same one.',
      flags: [{ name: 'out', value: 'FILE', help: 'write it to FILE, readable by you alone, instead' }],
      examples: ['meshbox key new --out cluster.key'],
      load: async () => (await import('./command/key.ts')).make,
    },
  ],
}
