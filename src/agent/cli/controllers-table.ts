import type { Argument, Command, Flag } from './command.ts'
import { dataDir, json } from './flags.ts'

const nodes: Argument = { name: 'node', help: 'a name in `meshbox members`', many: true }
const yes: Flag = { name: 'yes', help: 'do not ask' }
const gone: Flag = {
  name: 'gone',
  help: 'your word that one that does not answer is off for good',
}
const off: Flag = {
  name: 'gone',
  help: 'your word that the one that was chosen before, and does not answer, is off for good',
}
const noWait: Flag = { name: 'no-wait', help: 'begin it and go; it goes on by itself' }

/** `meshbox controllers …` */
export const controllersCommand: Command = {
  name: 'controllers',
  summary: 'the machines that run ZooKeeper and the masters',
  subcommands: [
    {
      name: 'list',
      summary: 'who they are, and how far a change of them is',
      flags: [dataDir, json],
      examples: ['meshbox controllers list'],
      load: async () => (await import('./command/controllers.ts')).list,
    },
    {
      name: 'add',
      summary: 'make controllers of machines that have joined',
      details:
        'Two at a time, for their number stays odd. From one to three the only mesos-master stops for some seconds; tasks go on.',
      args: [nodes],
      flags: [yes, noWait, dataDir, json],
      examples: ['meshbox controllers add b c'],
      load: async () => (await import('./command/controllers.ts')).add,
    },
    {
      name: 'remove',
      summary: 'make workers of controllers',
      args: [nodes],
      flags: [gone, yes, noWait, dataDir, json],
      examples: ['meshbox controllers remove d e'],
      load: async () => (await import('./command/controllers.ts')).remove,
    },
    {
      name: 'replace',
      summary: 'put a machine in the place of a controller',
      args: [
        { name: 'node', help: 'the controller, by its name or address' },
        { name: 'by', help: 'a machine that has joined' },
      ],
      flags: [gone, yes, noWait, dataDir, json],
      examples: ['meshbox controllers replace c d', 'meshbox controllers replace 10.0.0.3 d --gone'],
      load: async () => (await import('./command/controllers.ts')).replace,
    },
    {
      name: 'recover',
      summary: 'go on from one disk when the majority is gone',
      details:
        'Without --from it shows what each disk holds, and changes nothing. Copies are kept of all that can be reached; what they ' +
        'had written beyond the one that is chosen is not in it. Killed in the middle, the same command goes on. In a cluster ' +
        'without a key run it on that machine.',
      flags: [
        { name: 'from', value: 'NODE', help: 'the controller whose disk it is to be made of' },
        off,
        yes,
        dataDir,
        json,
      ],
      examples: ['meshbox controllers recover', 'meshbox controllers recover --from a'],
      load: async () => (await import('./command/recover.ts')).recover,
    },
    {
      name: 'undo',
      summary: 'take the change that is under way back',
      flags: [yes, noWait, dataDir, json],
      examples: ['meshbox controllers undo'],
      load: async () => (await import('./command/controllers.ts')).undo,
    },
  ],
}
