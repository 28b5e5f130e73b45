import { z } from 'zod'

/** Something that somebody has to know of. The same value wherever it is shown: status, page, doctor, metrics, support. */
export const problemSchema = z.object({
  /** `warning`: what runs goes on for now. */
  severity: z.enum(['failed', 'warning']),
  what: z.string(),
  /** Its cause. */
  why: z.string(),
  /** What mends it, or shows what has to be mended. */
  command: z.string(),
  /** Where the command is to be typed, where that is another machine than the one that tells. */
  machine: z.string().optional(),
  service: z.string().optional(),
  /** Of the whole cluster: each machine that sees it tells of it. */
  shared: z.boolean().optional(),
})

export type Problem = z.output<typeof problemSchema>

/** In one line. */
export const problemText = ({ what, why }: Problem): string => `${what}: ${why}`

/** Commands that can ask another machine. */
const askOthers = /^meshbox (logs|status|install|service) (?!.*(&&|--data-dir))/

/**
 * What to type, and where.
 * @param keyed whether machines do something for each other
 */
export function commandText({ command, machine }: Problem, keyed: boolean): string {
  if (machine === undefined) return command
  return keyed && askOthers.test(command) ? `${command} --node ${machine}` : `${command}, on ${machine}`
}
