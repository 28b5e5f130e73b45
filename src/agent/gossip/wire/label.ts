import { type Source, take, takeByte, WireError } from './codec.ts'
import { wrapper } from './messages.ts'

/** The outermost header, of datagrams and streams: keeps meshes apart that share a network. Nothing for no label. */
export function labelHeader(label: string): Uint8Array {
  const name = Buffer.from(label)
  return name.length === 0 ? name : Buffer.concat([Uint8Array.of(wrapper.label, name.length), name])
}

/** Passes over the header. @throws {WireError} when the label is not the expected one */
export function checkLabel(source: Source, expected: string): void {
  let found = ''
  if (source.at === source.bytes.length) throw new WireError('the bytes end too early', true)
  if (source.bytes[source.at] === wrapper.label) {
    const start = source.at
    try {
      source.at++
      const length = takeByte(source)
      if (length === 0) throw new WireError('an empty label')
      found = Buffer.from(take(source, length)).toString()
    } catch (error) {
      source.at = start // more of a stream may come
      throw error
    }
  }
  if (found !== expected) throw new WireError(`label ${JSON.stringify(found)} is not ours`)
}
