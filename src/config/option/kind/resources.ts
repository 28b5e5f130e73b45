import { z } from 'zod'
import { kind } from './kind.ts'

const error =
  "must be Mesos's text, such as cpus:4;mem:4096;ports:[31000-32000], or a list of {name, type, scalar|ranges|set}"

const number = String.raw`\d+(?:\.\d+)?`
const value = String.raw`(?:${number}|\[\s*\d+\s*-\s*\d+(?:\s*,\s*\d+\s*-\s*\d+)*\s*\]|\{[^{}\[\];]*\})`
const entry = String.raw`\s*[A-Za-z_][\w.-]*(?:\([^()]+\))?\s*:\s*${value}\s*`
const pattern = new RegExp(`^(?:${entry}(?:;|$))+$`)

const amount = z.looseObject({
  name: z.string().min(1),
  type: z.enum(['SCALAR', 'RANGES', 'SET']),
  scalar: z.strictObject({ value: z.number().min(0) }).optional(),
  ranges: z
    .strictObject({ range: z.array(z.strictObject({ begin: z.int().min(0), end: z.int().min(0) })) })
    .optional(),
  set: z.strictObject({ item: z.array(z.string()) }).optional(),
})
const amounts = z
  .array(amount)
  .min(1)
  .refine((all) => all.every((each) => each[each.type.toLowerCase()] !== undefined, { error }))

/** What an agent offers: Mesos's text form, or its JSON form as a list or a text. */
export const resources = kind(
  z.union([z.string().refine((text) => pattern.test(text) || isJson(text), { error }), amounts], { error }),
  {
    name: 'resources',
    text: 'cpus:4;mem:4096;ports:[31000-32000], or a list of {name, type, scalar|ranges|set}',
    good: [
      'cpus:4;mem:4096;ports:[31000-32000]',
      'cpus(prod):0.5;disk:10;gpus:{a,b};ports:[1-2,5-9]',
      [{ name: 'cpus', type: 'SCALAR', scalar: { value: 4 } }],
    ],
    bad: [
      'cpus',
      'cpus:',
      'cpus:four',
      'ports:[1]',
      'ports:[1-2',
      'cpus=4',
      [{ name: 'cpus' }],
      [],
      {},
      5,
      '',
    ],
  },
)

function isJson(text: string): boolean {
  try {
    return amounts.safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}
