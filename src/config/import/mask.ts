import { isSecret } from '../option/secret.ts'
import { masked } from '../secret/mask.ts'
import type { Finding } from './finding.ts'

/** As it may be shown: secrets are taken, and not shown. */
export function maskFinding(finding: Finding): Finding {
  if (!('path' in finding) || !isSecret(finding.path)) return finding
  return { ...finding, value: masked(finding.value) }
}
