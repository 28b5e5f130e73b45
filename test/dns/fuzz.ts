/** A generator of numbers that gives the same sequence for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Bytes changed, cut, doubled, lengthened: a message that was good becomes one that may not be. */
export function mutate(message: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(message)
  const below = (n: number) => Math.floor(random() * n)
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(bytes.length + 1)
    const change = below(6)
    if (change === 0) bytes = bytes.subarray(0, at)
    else if (change === 1)
      bytes = Buffer.concat([bytes, Buffer.from(Array.from({ length: below(64) }, () => below(256)))])
    else if (change === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(at + 1))])
    else if (at < bytes.length)
      bytes[at] = [0, 0xff, 0xc0, 0x3f, below(256), (bytes[at] ?? 0) ^ (1 << below(8))][below(6)] ?? 0
  }
  return bytes.subarray(0, 4096)
}
