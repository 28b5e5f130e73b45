/** Arrays that double when they are full. */
export type Numbers = {
  at(index: number): number
  set(index: number, value: number): void
  push(value: number): number
  length(): number
  take(): Uint32Array
}

export function openNumbers(room = 1024): Numbers {
  let array = new Uint32Array(room)
  let length = 0
  function make(wanted: number): void {
    if (wanted <= array.length) return
    const larger = new Uint32Array(Math.max(wanted, array.length * 2))
    larger.set(array)
    array = larger
  }
  return {
    at: (index) => array[index] ?? 0,
    set(index, value) {
      if (index >= length) {
        make(index + 1)
        length = index + 1
      }
      array[index] = value
    },
    push(value) {
      if (length === array.length) make(length + 1)
      array[length] = value
      return length++
    },
    length: () => length,
    take: () => array.slice(0, length),
  }
}

export type Bytes = { buffer: Buffer; length: number }

/** Room for `wanted` more bytes behind `bytes.length`. */
export function makeRoom(bytes: Bytes, wanted: number): void {
  if (bytes.length + wanted <= bytes.buffer.length) return
  const larger = Buffer.alloc(Math.max(bytes.length + wanted, bytes.buffer.length * 2))
  bytes.buffer.copy(larger, 0, 0, bytes.length)
  bytes.buffer = larger
}
