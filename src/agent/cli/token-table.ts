import type { Command } from './command.ts'
import { dataDir, json } from './flags.ts'

/** `meshbox token …` */
export const tokenCommand: Command = {
  name: 'token',
  summary: 'let a machine in without the key, and programs ask the API',
  subcommands: [
    {
      name: 'create',
      summary: 'make a token to join with, once, or one for the API',
      details:
        'It is shown this once. Any machine of the cluster redeems one to join with, over TLS, for the key; that needs a cluster with a key. One for the API is good on every machine, for programs (`Authorization: Bearer TOKEN`) and for the page, which asks for it.',
      flags: [
        {
          name: 'role',
          value: 'ROLE',
          help: 'worker or controller: what the machine may become (default worker)',
        },
        { name: 'api', value: 'SCOPE', help: 'for the API instead: read, or change, which includes read' },
        {
          name: 'expires',
          value: 'TIME',
          help: 'how long it is good for: 30m, 1h, 7d at most (default 1h); for the API 365d (default 30d)',
        },
        { name: 'message', short: 'm', value: 'WHY', help: 'what one for the API is for' },
        { name: 'out', value: 'FILE', help: 'write it to FILE, readable by you alone, instead' },
        dataDir,
        json,
      ],
      examples: [
        'meshbox token create --role worker --expires 1h',
        'meshbox token create --expires 10m --out token',
        'meshbox token create --api read --expires 365d -m grafana',
      ],
      load: async () => (await import('./command/token.ts')).create,
    },
    {
      name: 'list',
      summary: 'the tokens of the cluster, and who used them',
      flags: [dataDir, json],
      examples: ['meshbox token list'],
      load: async () => (await import('./command/token.ts')).list,
    },
    {
      name: 'revoke',
      summary: 'make a token worth nothing',
      details: 'A machine that has joined with it has the key: see `meshbox key` for that.',
      args: [{ name: 'id', help: 'as `meshbox token list` shows it' }],
      flags: [dataDir, json],
      examples: ['meshbox token revoke 4f1d2a3b5c6e7f80'],
      load: async () => (await import('./command/token.ts')).revoke,
    },
  ],
}
