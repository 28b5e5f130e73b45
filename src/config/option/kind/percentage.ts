import { z } from 'zod'
import { kind } from './kind.ts'

const error = 'must be a percentage from 0% to 100%, such as 50%'

/** A percentage with its sign. */
export const percentage = kind(
  z
    .string({ error })
    .regex(/^\d+(\.\d+)?%$/, { error })
    .refine((text) => Number.parseFloat(text) <= 100, { error }),
  {
    name: 'percentage',
    text: 'a number from 0 to 100 with a percent sign: 50%',
    good: ['0%', '50%', '99.5%', '100%'],
    bad: ['101%', '50', 50, '-1%', 'half', '%'],
  },
)
