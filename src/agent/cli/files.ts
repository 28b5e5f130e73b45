import { parseDocumentText } from '../../config/document/parse.ts'
import { translateCharm } from '../../config/import/charm-section.ts'
import { maskFinding } from '../../config/import/mask.ts'
import { isMasked } from '../../config/secret/vault.ts'
import { messageOf, misuse } from '../../error.ts'
import { findingsText } from '../display/findings.ts'
import type { Screen } from './screen.ts'

/**
 * Reads a document that the person names (`-` is standard input) and checks it, but for one whose secrets were taken from
 * it: the agent does. What stands under `charm:` is translated, and that is told.
 * @throws MeshboxError (exit 2) when it cannot be read or is not valid
 */
export async function readDocument(file: string, screen: Screen): Promise<string> {
  const source = file === '-' ? 'standard input' : file
  const written = await (file === '-' ? Bun.stdin : Bun.file(file)).text().catch((cause) => {
    throw misuse('document-unreadable', `cannot read ${source}: ${messageOf(cause)}`, 'check the path')
  })
  const { text, findings } = translateCharm(written, source)
  if (findings.length > 0) screen.note(findingsText(findings.map(maskFinding), [], screen))
  if (!isMasked(text)) parseDocumentText(text, source)
  return text
}
