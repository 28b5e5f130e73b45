import { WireError } from './codec.ts'

/** LZW as Go's compress/lzw writes it: least significant bit first, 8-bit literals, codes of 9 to 12 bits. */

const clear = 256
const end = 257
const firstWidth = 9
const lastWidth = 12
const codes = 1 << lastWidth

/** @throws {WireError} for what is no LZW or grows over `most` bytes */
export function decompress(packed: Uint8Array, most: number): Uint8Array {
  const prefix = new Uint16Array(codes)
  const suffix = new Uint8Array(codes)
  const length = new Uint16Array(codes).fill(1, 0, clear)
  for (let i = 0; i < clear; i++) suffix[i] = i
  let out = new Uint8Array(Math.min(most, Math.max(64, packed.length * 4)))
  let size = 0
  let [bits, held, at] = [0, 0, 0]
  let [width, top, last] = [firstWidth, end, -1]

  for (;;) {
    while (held < width) {
      const byte = packed[at++]
      if (byte === undefined) throw new WireError('compressed bytes end too early')
      bits |= byte << held
      held += 8
    }
    const code = bits & ((1 << width) - 1)
    bits >>>= width
    held -= width
    if (code === end) return out.subarray(0, size)
    if (code === clear) {
      ;[width, top, last] = [firstWidth, end, -1]
      continue
    }
    if (code > top) throw new WireError('a code that LZW does not know yet')
    // The code being defined right now is the last one followed by its own first byte.
    const fresh = code === top && last >= 0
    const known = fresh ? last : code
    const grown = (length[known] ?? 0) + (fresh ? 1 : 0)
    if (size + grown > most) throw new WireError(`more than ${most} bytes when decompressed`)
    if (size + grown > out.length) {
      const wider = new Uint8Array(Math.min(most, Math.max(out.length * 2, size + grown)))
      wider.set(out)
      out = wider
    }
    let place = size + (length[known] ?? 0)
    for (let step = known; ; step = prefix[step] ?? 0) {
      out[--place] = suffix[step] ?? 0
      if (place === size) break
    }
    const first = out[size] ?? 0
    if (fresh) out[size + grown - 1] = first
    size += grown
    if (last >= 0) {
      prefix[top] = last
      suffix[top] = first
      length[top] = (length[last] ?? 0) + 1
    }
    last = code
    top++
    if (top < 1 << width) continue
    if (width < lastWidth) width++
    else {
      last = -1 // the table is full; only a clear opens it again
      top--
    }
  }
}

export function compress(plain: Uint8Array): Uint8Array {
  const out = new Uint8Array(plain.length * 2 + 8)
  /** By word and next byte: the code of the longer word, 0 for none. */
  const known = new Uint16Array(codes * 256)
  let [size, bits, held] = [0, 0, 0]
  let [width, top] = [firstWidth, end]

  const put = (code: number) => {
    bits |= code << held
    for (held += width; held >= 8; held -= 8) {
      out[size++] = bits & 0xff
      bits >>>= 8
    }
  }
  /** Follows the reader's table, which grows by one with each code. */
  const grow = (): boolean => {
    top++
    if (top === 1 << width) width++
    if (top < codes - 1) return true
    put(clear)
    known.fill(0)
    ;[width, top] = [firstWidth, end]
    return false
  }

  put(clear) // as Go's writer starts
  let word = -1
  for (const byte of plain) {
    const key = (word << 8) | byte
    const longer = word < 0 ? byte : (known[key] ?? 0)
    if (longer === 0 && word >= 0) {
      put(word)
      if (grow()) known[key] = top
      word = byte
    } else word = longer
  }
  if (word >= 0) {
    put(word)
    grow()
  }
  put(end)
  if (held > 0) out[size++] = bits & 0xff
  return out.subarray(0, size)
}
