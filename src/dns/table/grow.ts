/** A list of whole numbers that doubles when it is full. A class, for these are the innermost calls of a load. */
export class Numbers {
  length = 0
  private array: Uint32Array<ArrayBuffer>

  constructor(room = 1024) {
    this.array = new Uint32Array(room)
  }

  /** 0 where nothing was set. */
  at(index: number): number {
    return this.array[index] ?? 0
  }

  set(index: number, value: number): void {
    if (index >= this.array.length) this.grow(index + 1)
    this.array[index] = value
  }

  push(value: number): number {
    if (this.length === this.array.length) this.grow(this.length + 1)
    this.array[this.length] = value
    return this.length++
  }

  /** A copy of the first ones. */
  take(length = this.length): Uint32Array {
    return exactNumbers(this.array.subarray(0, length), length)
  }

  private grow(least: number): void {
    const larger = new Uint32Array(Math.max(least, this.array.length * 2))
    larger.set(this.array)
    this.array = larger
  }
}

export function exactBytes(bytes: ArrayLike<number>): Uint8Array {
  const shared = new Uint8Array(bytes.length)
  shared.set(bytes)
  return shared
}

/** @param length with zeros at the end when it is more than there are */
export function exactNumbers(numbers: ArrayLike<number>, length = numbers.length): Uint32Array {
  const shared = new Uint32Array(length)
  shared.set(numbers)
  return shared
}

export type Bytes = { buffer: Buffer; length: number }

/** Room for `wanted` more bytes behind `bytes.length`. */
export function makeRoom(bytes: Bytes, wanted: number): void {
  if (bytes.length + wanted <= bytes.buffer.length) return
  const larger = Buffer.alloc(Math.max(bytes.length + wanted, bytes.buffer.length * 2))
  bytes.buffer.copy(larger, 0, 0, bytes.length)
  bytes.buffer = larger
}
