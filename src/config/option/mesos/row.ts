import type { z } from 'zod'
import { type Facts, option } from '../option.ts'

export type MesosProgram = 'mesos-master' | 'mesos-agent'

/** A new master is one restart after the other; an agent starts again by itself, and its tasks go on. */
export const changeOf = { 'mesos-master': 'rolling', 'mesos-agent': 'restart' } as const

export type Row = Omit<Facts, 'program' | 'change'> & Partial<Pick<Facts, 'change'>>

/** Makes flags of one program: what is left out is the program's business. */
export function flagsOf(program: MesosProgram) {
  return <S extends z.ZodType>(schema: S, facts: Row): z.ZodOptional<S> =>
    option(schema.optional(), { change: changeOf[program], ...facts, program })
}
