import { parseDocumentText } from '../../config/document/parse.ts'
import { messageOf, misuse } from '../../error.ts'

/**
 * Reads a document that the person names (`-` is standard input) and checks it.
 * @throws MeshboxError (exit 2) when it cannot be read or is not valid
 */
export async function readDocument(file: string): Promise<string> {
  const source = file === '-' ? 'standard input' : file
  const text = await (file === '-' ? Bun.stdin : Bun.file(file)).text().catch((cause) => {
    throw misuse('document-unreadable', `cannot read ${source}: ${messageOf(cause)}`, 'check the path')
  })
  parseDocumentText(text, source)
  return text
}
