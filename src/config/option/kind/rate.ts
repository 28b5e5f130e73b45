import { z } from 'zod'
import { duration } from './duration.ts'
import { kind } from './kind.ts'

const error = 'must be a number per duration, such as 1/10mins'

/** How many in which time. */
export const rate = kind(
  z.string({ error }).refine(
    (text) => {
      const [count = '', time = '', ...rest] = text.split('/')
      return /^[1-9]\d*$/.test(count) && duration.safeParse(time).success && rest.length === 0
    },
    { error },
  ),
  {
    name: 'rate',
    text: 'a number per duration: 1/10mins',
    good: ['1/10mins', '20/1hrs'],
    bad: ['1', '1/10', '0/10mins', 'slowly', '1/10mins/2', 1],
  },
)
