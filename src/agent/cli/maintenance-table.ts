import type { Command } from './command.ts'
import { dataDir, json, node } from './flags.ts'

const timeout = { name: 'timeout', value: 'SECONDS', help: 'how long to wait for it (default 300)' }

export const maintenanceCommand: Command = {
  name: 'maintenance',
  summary: 'have no tasks on a machine, until it is over',
  subcommands: [
    {
      name: 'on',
      summary: 'move the tasks elsewhere, and take no new ones',
      details:
        'The leading master drains the mesos-agent of the machine (Mesos 1.9 or later). It stays so through restarts and reboots.',
      flags: [
        { name: 'message', short: 'm', value: 'TEXT', help: 'why, for those who look at the status' },
        node,
        timeout,
        dataDir,
        json,
      ],
      examples: ['meshbox maintenance on -m disk', 'meshbox maintenance on --node worker-7'],
      load: async () => (await import('./command/maintenance.ts')).on,
    },
    {
      name: 'off',
      summary: 'take tasks again',
      flags: [node, timeout, dataDir, json],
      examples: ['meshbox maintenance off'],
      load: async () => (await import('./command/maintenance.ts')).off,
    },
  ],
}
