/** A list of whole numbers that doubles when it is full. A class, for these are the innermost calls of a load. */
export class Numbers {
  length = 0
  private array: Uint32Array<ArrayBuffer>

  constructor(room = 1024) {
    this.array = new Uint32Array(room)
  }

  at(index: number): number {
    return this.array[index] ?? 0
  }

  set(index: number, value: number): void {
    this.array[index] = value
  }

  push(value: number): number {
    if (this.length === this.array.length) {
      const larger = new Uint32Array(this.array.length * 2)
      larger.set(this.array)
      this.array = larger
    }
    this.array[this.length] = value
    return this.length++
  }

  /** A copy that every thread can read. */
  take(): Uint32Array {
    const shared = new Uint32Array(new SharedArrayBuffer(this.length * 4))
    shared.set(this.array.subarray(0, this.length))
    return shared
  }
}

export function sharedBytes(bytes: ArrayLike<number>): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length))
  shared.set(bytes)
  return shared
}

export function sharedNumbers(numbers: ArrayLike<number>): Uint32Array {
  const shared = new Uint32Array(new SharedArrayBuffer(numbers.length * 4))
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
