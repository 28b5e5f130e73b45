import marathon from '../../../config/flags/marathon.json'
import agent from '../../../config/flags/mesos-agent.json'
import master from '../../../config/flags/mesos-master.json'

/** A flag of mesos-master or mesos-agent, as its `--help` has it. */
export type MesosFlag = { name: string; boolean: boolean; default?: string; aliases?: string[] }

export type MarathonFlag = {
  name: string
  type: string
  default?: string | number | boolean
  required?: boolean
  negatedBy?: string
  secret?: boolean
}

export type MesosProgram = 'mesos-master' | 'mesos-agent'

export const mesosFlags: Record<MesosProgram, MesosFlag[]> = {
  'mesos-master': master.flags,
  'mesos-agent': agent.flags,
}

export const marathonFlags: MarathonFlag[] = marathon.flags
