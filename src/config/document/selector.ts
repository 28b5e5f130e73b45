import { isIP } from 'node:net'
import { z } from 'zod'
import { networkCheck } from '../dns.ts'
import type { NodeFacts } from './layers.ts'

const oneOrMany = <T extends z.ZodType>(one: T) =>
  z.union([z.array(one).min(1), one.transform((value) => [value])])

const comparison = /^(>=|<=|>|<|=)?\s*(\d+(?:\.\d+)?)\s*(MB|GB|TB)?$/

/** Several in one text must all hold: `>=4 <16`. */
const figure = z.union([
  z.number().transform(String),
  z
    .string()
    .refine(
      (text) => comparisonsIn(text).every((part) => comparison.test(part)),
      'must be a number or comparisons, such as ">=8" or ">=4 <16"',
    ),
])

const network = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
  error: 'must be an address or a network, such as 10.1.0.0/16',
})

const pattern = z.string().min(1)

/** For which machines a selector is: all that is said must hold; of a list, one entry. */
export const matchSchema = z.strictObject({
  role: oneOrMany(z.enum(['worker', 'controller'])).optional(),
  /** `*` stands for any text. */
  name: oneOrMany(pattern).optional(),
  address: oneOrMany(network).optional(),
  cpus: oneOrMany(figure).optional(),
  /** Megabytes, or with a unit: `>=16GB`. */
  memory: oneOrMany(figure).optional(),
  /** `debian` or `debian-12`; `*` stands for any text. */
  os: oneOrMany(pattern).optional(),
  attributes: z.record(z.string(), oneOrMany(z.union([pattern, z.number().transform(String)]))).optional(),
})

export type Match = z.output<typeof matchSchema>

/** Whether a selector is for a machine. What is not known of it matches nothing. */
export function matches(match: Match, node: NodeFacts, attributes: ReadonlyMap<string, string>): boolean {
  const { name, address, cpus, memory, os } = match
  const checks = [
    match.role?.some((role) => node.roles.includes(role)),
    name?.some((text) => fits(text, node.name)),
    address && node.address !== undefined && isIP(node.address) !== 0
      ? networkCheck(address)(node.address)
      : address && false,
    cpus?.some((text) => holds(text, node.cpus)),
    memory?.some((text) => holds(text, node.memMb)),
    os?.some((text) => node.os !== undefined && (fits(text, node.os) || fits(`${text}-*`, node.os))),
    ...Object.entries(match.attributes ?? {}).map(([key, values]) => {
      const has = attributes.get(key)
      return has !== undefined && values.some((text) => fits(text, has))
    }),
  ]
  return checks.every((check) => check !== false)
}

function fits(text: string, value: string): boolean {
  const parts = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(value)
}

const perUnit: Record<string, number> = { MB: 1, GB: 1024, TB: 1024 * 1024 }

function comparisonsIn(text: string): string[] {
  return text
    .trim()
    .replace(/([<>=])\s+/g, '$1')
    .replace(/(\d)\s+([MGT]B)/g, '$1$2')
    .split(/\s+/)
}

function holds(text: string, value: number | undefined): boolean {
  if (value === undefined) return false
  return comparisonsIn(text).every((part) => {
    const [, how = '=', digits, unit = 'MB'] = comparison.exec(part) ?? []
    const wanted = Number(digits) * (perUnit[unit] ?? 1)
    if (how === '>=') return value >= wanted
    if (how === '<=') return value <= wanted
    if (how === '>') return value > wanted
    return how === '<' ? value < wanted : value === wanted
  })
}
