import { misuse } from '../../../../error.ts'
import type { Input } from '../../command.ts'

/** Where in the document the options stand that the person names: by `--node`, `--role`, or for all machines. */
export function readLayer(input: Input): string[] {
  const [node, role] = [input.text('node'), input.text('role')]
  if (node !== undefined && role !== undefined)
    throw misuse('layer-two', 'cannot write to two layers at once: --node and --role exclude each other')
  if (node !== undefined) return ['nodes', node]
  return role === undefined ? [] : ['roles', role]
}
