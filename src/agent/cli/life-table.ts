import type { Command } from './command.ts'
import { dataDir, json } from './flags.ts'

/** What becomes of the installation itself, and of what a cluster knows. */
export const lifeCommands: Command[] = [
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
