import { z } from 'zod'

/** What the cluster is being brought to. */
const changeSchema = z.discriminatedUnion('kind', [
  /** A version of the shared document. */
  z.object({ kind: z.literal('document'), version: z.int(), digest: z.string() }),
  /** Other controllers; `id` is drawn for each such change, `text` is for people. */
  z.object({ kind: z.literal('controllers'), id: z.string(), text: z.string() }),
])

const machineSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Where it is: whoever has that place later gives its word for it. */
  address: z.string().optional(),
})

const wordSchema = z.object({
  /** `failed`: and the machine runs as it did before. `skipped`: it had nothing to do any more. */
  kind: z.enum(['done', 'failed', 'skipped']),
  reason: z.string().optional(),
  /** Programs that did not run before the step either. */
  excused: z.array(z.string()).optional(),
})

const permitSchema = z.object({
  /** Counts up over all changes: with it a machine knows its own permit from every other one. */
  step: z.int(),
  /** One, or a batch of workers. */
  machines: z.array(machineSchema).min(1),
  /** What they are to do, where it is not to run as the change says. */
  task: z.string().optional(),
  /** Those that have begun, by their ids: they have read the permit again by writing this. */
  begun: z.array(z.string()),
  /** The words that were given, by machine. */
  words: z.record(z.string(), wordSchema),
  /** How often somebody has said that it goes on, and each time its machines have all their time again. */
  resumed: z.int().optional(),
})

const soundSchema = z.object({ version: z.int(), digest: z.string() })

export const rolloutSchema = z.object({
  change: changeSchema,
  /** `aborted`: this change goes no further. */
  state: z.enum(['running', 'halted', 'aborted', 'done']),
  /** By somebody: no permit is given, whichever change comes. */
  paused: z.boolean(),
  /** Why it has halted, or was aborted and waits for a word all the same. */
  why: z.string().optional(),
  /** Of the last permit that was given. */
  step: z.int(),
  /** The one that is open: one of its machines has not given its word. */
  permit: permitSchema.optional(),
  /** The words given under this change, the last of them. */
  past: z.array(wordSchema.extend({ step: z.int(), id: z.string(), name: z.string() })),
  /** What the last change that came to its end said of programs, and the newest version that said so when this one began. */
  sound: soundSchema.optional(),
  /** What an aborted rollout said of programs that this change of controllers took the place of: it stays aborted. */
  aborted: z.string().optional(),
  /** The step up to which all machines were ready when it was done: what falls later is not its doing. */
  proven: z.int().optional(),
  /** What a change of controllers remembers between its steps. */
  progress: z.json().optional(),
  /** The last change of controllers as it ended, for those who wait for it while another change has begun. */
  ended: z
    .object({
      id: z.string(),
      text: z.string(),
      state: z.enum(['aborted', 'done']),
      why: z.string().optional(),
    })
    .optional(),
})

export type Change = z.output<typeof changeSchema>
export type Sound = z.output<typeof soundSchema>
export type Word = z.output<typeof wordSchema>
export type Permit = z.output<typeof permitSchema>
/** All that stands in ZooKeeper of a rolling change. */
export type Rollout = z.output<typeof rolloutSchema>

/** To which version of the document to go back. Undefined where that mends nothing: what is rolled out was proven before. */
export function wayBack({ change, sound }: Pick<Rollout, 'change' | 'sound'>): number | 'undo' | undefined {
  if (change.kind === 'controllers') return 'undo'
  return sound?.digest === change.digest ? undefined : sound?.version
}

export function isOver({ state }: Rollout): boolean {
  return state === 'done' || state === 'aborted'
}

/** What keeps a machine from beginning the step that it has the permit for; one that has begun ends it. */
export function whyNoneBegins({ state, paused }: Rollout): string | undefined {
  if (state === 'aborted') return 'the rollout was aborted'
  if (state === 'halted') return 'the rollout has halted'
  return paused ? 'the rollout was paused' : undefined
}

/** Whether a machine may change now: its permit is open, and it has not given its word. */
export function isOpenFor({ permit }: Rollout, id: string): boolean {
  return permit !== undefined && isSilent(permit, id)
}

/** The machines whose words are waited for. */
export function silent({ permit }: Rollout): Permit['machines'] {
  return permit ? permit.machines.filter(({ id }) => isSilent(permit, id)) : []
}

function isSilent({ machines, words }: Permit, id: string): boolean {
  return machines.some((machine) => machine.id === id) && words[id] === undefined
}
