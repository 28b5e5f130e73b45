import { z } from 'zod'
import { kind } from '../kind/kind.ts'
import { integer } from '../kind/number.ts'
import { yes } from '../kind/text.ts'
import { option } from '../option.ts'

const error = 'must be a whole number of 1 or more, or a percentage such as 10%'
const share = kind(
  z.union([z.int().min(1), z.string().regex(/^(100|[1-9]?\d)%$/)], {
    error,
  }),
  {
    name: 'share',
    text: 'a whole number of 1 or more, or a percentage of all machines such as 10%',
    good: [1, 20, '10%', '0%', '100%'],
    bad: [0, -1, 1.5, '10', '101%', '1.5%', true],
  },
)

/** How changes that start programs anew go from machine to machine. */
export const rolloutOptions = {
  maxUnavailable: option(share.default('10%'), {
    text: 'How many workers at a time start programs anew, those that are not ready counted; always at least one.',
    change: 'live',
  }),
  canary: option(yes.default(true), {
    text: 'One worker changes before the others, and only if that went well they follow.',
    change: 'live',
  }),
  stepTimeout: option(integer(5, 86_400).default(300), {
    text: 'How long a machine may take until all of its programs are ready; then it goes back to what ran before. One that says nothing for twice as long, or was done and is not ready for as long, halts the rollout.',
    unit: 'seconds',
    change: 'live',
  }),
}
