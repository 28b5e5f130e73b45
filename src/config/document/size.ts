import { MeshboxError } from '../../error.ts'
import type { Op } from '../zookeeper/session.ts'

/** ZooKeeper's `jute.maxbuffer` by default, less room for what stands around the data in a request. */
const requestBytes = 0xfffff - 4096

/** Whether ZooKeeper takes a text and what is written with it. */
export const isSmall = (text: string, steps: Op[]): boolean => sizeOf(text, steps) <= requestBytes

function sizeOf(text: string, steps: Op[]): number {
  return steps.reduce(
    (sum, step) => sum + 100 + step.path.length + ('data' in step ? Buffer.byteLength(step.data) : 0),
    Buffer.byteLength(text),
  )
}

/**
 * The document and its copy in the history go to ZooKeeper in one request, and a larger one only ends the connection.
 * @throws MeshboxError `document-large` with the sizes
 */
export function checkSize(text: string, steps: Op[]): void {
  const size = Buffer.byteLength(text)
  const all = sizeOf(text, steps)
  if (all <= requestBytes) return
  throw new MeshboxError({
    code: 'document-large',
    message: `cannot write the shared document: it has ${size} bytes, ${all} together with the history, and ZooKeeper takes ${requestBytes} at once`,
    hint: 'say what many machines have in common once, with a role or a selector',
    exit: 2,
  })
}
