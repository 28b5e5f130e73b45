/** Orders what members say without a common clock. */
export type Lamport = {
  time(): number
  increment(): void
  /** Somebody was at this time already. */
  witness(time: number): void
}

/** Far over what honest clocks reach; a lie must not bring ours to where numbers are no longer exact. */
export const mostTime = 2 ** 48

export function createLamport(): Lamport {
  let now = 1
  return {
    time: () => now,
    increment() {
      now++
    },
    witness(time) {
      if (time >= now && time < mostTime) now = time + 1
    },
  }
}
