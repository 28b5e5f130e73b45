/** Cuts a TCP stream into DNS messages, each behind its length of two bytes (RFC 1035 section 4.2.2). */
export function openFrames(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const frames: Buffer[] = []
    while (bytes.length >= 2) {
      const end = 2 + bytes.readUInt16BE(0)
      if (bytes.length < end) break
      frames.push(bytes.subarray(2, end))
      bytes = bytes.subarray(end)
    }
    rest = Buffer.from(bytes)
    return frames
  }
}

/** A message behind its length. */
export function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(message.length + 2)
  framed.writeUInt16BE(message.length, 0)
  message.copy(framed, 2)
  return framed
}
