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
const noWait: Flag = { name: 'no-wait', help: 'do not wait for its end: it goes on by itself' }

/** `meshbox controllers …` */
export const controllersCommand: Command = {
  name: 'controllers',
  summary: 'the machines that run ZooKeeper and the masters',
  details:
    'add, remove and replace show their steps and ask. A change goes step by step, one machine at a time, also when the command ' +
    'or an agent is killed. Where a step fails it halts: `meshbox rollout resume` tries it again, with --without NAME where a ' +
    'machine is off for good, and `meshbox controllers undo` takes the change back. recover is for a majority that is lost.',
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
      details:
        'Two at a time, for their number stays odd. They stay in the cluster. From three to one no mesos-master leads for some ' +
        'seconds; tasks go on.',
      args: [nodes],
      flags: [gone, yes, noWait, dataDir, json],
      examples: ['meshbox controllers remove d e', 'meshbox controllers remove d e --gone'],
      load: async () => (await import('./command/controllers.ts')).remove,
    },
    {
      name: 'replace',
      summary: 'put a machine in the place of a controller',
      details:
        'A controller that has only lost its disk needs none of this: `meshbox join` with the ZooKeeper URL brings it back.',
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
        'Without --from it shows what each disk holds, and changes nothing. With it ZooKeeper goes on from that disk alone: what ' +
        'others have written beyond it is lost, but for the copies that are kept of all disks that can be reached. Controllers ' +
        'that cannot be reached have to be off. Interrupted, the same command goes on. Without a key run it on that machine.',
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
      details:
        'From wherever it is, by the same rules. While a machine is in the middle of its step it is refused; once nobody finds ' +
        'that machine any more, it is your word that it is off.',
      flags: [yes, noWait, dataDir, json],
      examples: ['meshbox controllers undo'],
      load: async () => (await import('./command/controllers.ts')).undo,
    },
  ],
}
