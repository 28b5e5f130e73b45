import { parseDocumentText } from '../../config/document/parse.ts'
import { isMasked } from '../../config/secret/vault.ts'
import { messageOf, misuse } from '../../error.ts'

/**
 * Reads a document that the person names (`-` is standard input) and checks it, but for one whose secrets were taken from it: the agent does.
 * @throws MeshboxError (exit 2) when it cannot be read or is not valid
 */
export async function readDocument(file: string): Promise<string> {
  const source = file === '-' ? 'standard input' : file
  const text = await (file === '-' ? Bun.stdin : Bun.file(file)).text().catch((cause) => {
    throw misuse('document-unreadable', `cannot read ${source}: ${messageOf(cause)}`, 'check the path')
  })
  if (!isMasked(text)) parseDocumentText(text, source)
  return text
}
