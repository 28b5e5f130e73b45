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
