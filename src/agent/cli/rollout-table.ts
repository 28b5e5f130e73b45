import type { Command } from './command.ts'
import { dataDir, json } from './flags.ts'

export const rolloutCommand: Command = {
  name: 'rollout',
  summary: 'how a change goes from machine to machine',
  details:
    'What starts programs anew goes by permits: controllers one by one, followers before leaders, then one worker, then ' +
    'batches of them. It begins by itself, and halts where a machine fails; that one goes back to what ran before.',
  subcommands: [
    {
      name: 'status',
      summary: 'how far it is, and who is to come',
      flags: [
        { name: 'watch', help: 'show it again each second, until Ctrl-C' },
        { name: 'wait', help: 'end when it is over; with 1 when it has halted' },
        { name: 'timeout', value: 'SECONDS', help: 'how long to wait for that (default 3600)' },
        dataDir,
        json,
      ],
      examples: ['meshbox rollout status', 'meshbox rollout status --watch', 'meshbox rollout status --wait'],
      load: async () => (await import('./command/rollout.ts')).status,
    },
    {
      name: 'pause',
      summary: 'let no further machine change until it is resumed',
      flags: [dataDir, json],
      examples: ['meshbox rollout pause'],
      load: async () => (await import('./command/rollout.ts')).pause,
    },
    {
      name: 'resume',
      summary: 'go on with one that is paused, has halted or was aborted',
      flags: [
        {
          name: 'without',
          value: 'NAME',
          help: 'your word that this machine is turned off, for good in a change of controllers: it is waited for no more',
        },
        dataDir,
        json,
      ],
      examples: ['meshbox rollout resume', 'meshbox rollout resume --without worker-7'],
      load: async () => (await import('./command/rollout.ts')).resume,
    },
    {
      name: 'abort',
      summary: 'end it as it stands, until programs are to change again',
      flags: [dataDir, json],
      examples: ['meshbox rollout abort'],
      load: async () => (await import('./command/rollout.ts')).abort,
    },
  ],
}
