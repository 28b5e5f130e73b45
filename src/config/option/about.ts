import { z } from 'zod'
import { type Kind, kindOf } from './kind/kind.ts'
import type { Facts } from './option.ts'
import type { Option } from './walk.ts'

/** All that is known of an option, as plain data: what `config explain` and the reference show. */
export type About = Omit<Facts, 'flag' | 'local' | 'secret' | 'file'> & {
  option: string
  type: string
  /** What it takes, in words. */
  takes: string
  example?: unknown
  /** What it is where nobody sets it. */
  default?: unknown
  /** The flag, the line or the property that its program gets. */
  becomes?: string
  secret: boolean
  /** Whether machines may differ in it. */
  local: boolean
  file: boolean
}

export function aboutOption({ path, schema, facts }: Option): About {
  const { flag, local = false, secret = false, file = false, ...rest } = facts
  const kind: Kind = kindOf(schema) ?? { name: 'value', text: 'a value', good: [], bad: [] }
  const name = path.at(-1) ?? ''
  const own = defaultOf(schema)
  const example = kind.good.find((each) => each !== '' && !Bun.deepEquals(each, own))
  return {
    option: path.join('.'),
    type: kind.name,
    takes: kind.text,
    ...(example === undefined ? {} : { example }),
    ...(own === undefined ? {} : { default: own }),
    ...(facts.program ? { becomes: becomes(facts, flag ?? name) } : {}),
    secret,
    local,
    file,
    ...rest,
  }
}

function becomes({ program }: Facts, flag: string): string {
  if (flag.startsWith('-')) return flag
  if (program === 'zookeeper') return `${flag}=`
  return `--${flag}`
}

/** What a schema makes of nothing. */
function defaultOf(schema: z.core.$ZodType): unknown {
  const result = z.safeParse(schema, undefined)
  return result.success ? result.data : undefined
}
