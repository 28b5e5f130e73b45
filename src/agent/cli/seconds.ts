import { misuse } from '../../error.ts'

/** What `--timeout` was given. @throws MeshboxError (exit 2) */
export function readSeconds(given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise
  if (/^\d{1,6}$/.test(given)) return Number(given)
  throw misuse(
    'timeout',
    `cannot wait "${given}": --timeout takes whole seconds`,
    `write --timeout ${otherwise}`,
  )
}

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `10m`, `2h`, `1d` in milliseconds; undefined for anything else. */
export function spanMs(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  return number === undefined ? undefined : Number(number) * (units[unit] ?? 0)
}
