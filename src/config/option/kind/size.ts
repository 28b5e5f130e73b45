import { z } from 'zod'
import { kind } from './kind.ts'

const units: Record<string, number> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 }
const pattern = /^(\d+)(B|KB|MB|GB|TB)$/

/** An amount of bytes as Mesos writes it (stout/bytes.hpp). */
export const size = kind(
  z.string({ error: 'must be a size, such as 10MB' }).regex(pattern, {
    error: 'must be a whole number and one of B, KB, MB, GB, TB, such as 10MB',
  }),
  {
    name: 'size',
    text: 'a whole number and B, KB, MB, GB or TB: 10MB',
    good: ['10MB', '0B', '4KB', '2GB', '1TB'],
    bad: ['10 MB', '1.5GB', '10M', '10mb', 'big', 10, '-1MB'],
  },
)

/** Bytes of a size that is known to be one; NaN for anything else. */
export function bytes(text: string): number {
  const [, digits, unit = ''] = pattern.exec(text) ?? []
  return Number(digits) * (units[unit] ?? Number.NaN)
}
