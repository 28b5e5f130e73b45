import type { Command } from './command.ts'
import { dataDir, json } from './flags.ts'

export const rolloutCommand: Command = {
  name: 'rollout',
  summary: 'how a change goes from machine to machine',
  details:
    'What starts programs anew goes by permits: controllers one by one, followers before leaders, then one worker, then ' +
    'batches of them. It begins by itself, and halts where a machine fails, which goes back to what ran before. A rollout is ' +
    'named after the version of the document with which it began. Changes of controllers go by the same permits.',
  subcommands: [
    {
      name: 'status',
      summary: 'how far it is, who is to come, and the ways on',
      flags: [
        { name: 'watch', help: 'show it again each second, until Ctrl-C' },
        {
          name: 'wait',
          help: 'end when nothing more happens by itself; with 1 when it has halted or was aborted',
        },
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
      details: 'Whatever is written meanwhile. A machine that is in the middle of its step ends it.',
      flags: [dataDir, json],
      examples: ['meshbox rollout pause'],
      load: async () => (await import('./command/rollout.ts')).pause,
    },
    {
      name: 'resume',
      summary: 'go on with one that is paused, has halted or was aborted',
      details:
        'What has failed is tried again. One that was aborted is not taken up again by --without: it only waits for that machine ' +
        'no more.',
      flags: [
        {
          name: 'without',
          value: 'NAME',
          help: 'your word that this machine is turned off (in a change of controllers: for good) and its word is waited for no more; refused while it is found alive',
        },
        dataDir,
        json,
      ],
      examples: ['meshbox rollout resume', 'meshbox rollout resume --without worker-7'],
      load: async () => (await import('./command/rollout.ts')).resume,
    },
    {
      name: 'abort',
      summary: 'end it as it stands',
      details:
        'What has changed stays so. The other machines run by what was before until `meshbox rollout resume`, or until ' +
        'something else is written for a program. A change of controllers is taken back instead: `meshbox controllers undo`.',
      flags: [dataDir, json],
      examples: ['meshbox rollout abort'],
      load: async () => (await import('./command/rollout.ts')).abort,
    },
  ],
}
