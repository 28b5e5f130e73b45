/** Cuts a TCP stream into DNS messages, each behind its length of two bytes (RFC 1035 section 4.2.2). */
export function openFrames(): (chunk: Buffer) => Buffer[] {
  let parts: Buffer[] = []
  let length = 0
  /** So many bytes are needed before there is anything to cut: a stream of single bytes is not copied again and again. */
  let needed = 2
  return (chunk) => {
    length += chunk.length
    if (length < needed) {
      // The socket reuses its buffer.
      parts.push(Buffer.from(chunk))
      return []
    }
    let bytes = parts.length === 0 ? chunk : Buffer.concat([...parts, chunk], length)
    const frames: Buffer[] = []
    for (;;) {
      needed = bytes.length < 2 ? 2 : 2 + bytes.readUInt16BE(0)
      if (bytes.length < needed) break
      frames.push(bytes.subarray(2, needed))
      bytes = bytes.subarray(needed)
    }
    parts = bytes.length === 0 ? [] : [Buffer.from(bytes)]
    length = bytes.length
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
