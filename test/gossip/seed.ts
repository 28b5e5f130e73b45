/** The seed of this run, printed so that a failure can be had again: MESHBOX_SEED=… bun test. */
export const seed = Number(process.env.MESHBOX_SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]) >>> 0

process.stdout.write(`seed ${seed}\n`)

/** Numbers from 0 to 1 (mulberry32), the same for the same start. */
export function randomFrom(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const whole = (random: () => number, below: number) => Math.floor(random() * below)

export function randomBytes(random: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => whole(random, 256))
}
