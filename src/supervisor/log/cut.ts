import { open } from 'node:fs/promises'

/** Emptying loses the bytes that come at that very moment; the other ways lose nothing. */
export type Cut =
  /** So much nearer to the start is now what stood behind it. */
  | { way: 'collapsed'; length: number }
  /** So much from the start on reads as zeros now. */
  | { way: 'punched'; length: number }
  | { way: 'emptied'; lost: number }

/**
 * Takes `length` bytes (whole blocks) from byte `start` on out of a file that is being appended to. A filesystem that
 * can neither collapse nor punch a range has the file emptied as soon as `rest` has taken over what follows.
 * @param rest appends everything from the given byte on to the finished piece and returns where it has come to
 * @throws when the file cannot be changed at all
 */
export async function cutHead(
  path: string,
  { start, length }: { start: number; length: number },
  rest: (from: number) => Promise<number>,
): Promise<Cut> {
  const range = ['--offset', String(start), '--length', String(length), path]
  // What was punched out before is collapsed with the rest.
  if (await fallocate('--collapse-range', '--offset', '0', '--length', String(start + length), path))
    return { way: 'collapsed', length: start + length }
  if (await fallocate('--punch-hole', ...range)) return { way: 'punched', length: start + length }
  const taken = await rest(start + length)
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    await file.truncate(0)
    return { way: 'emptied', lost: size - taken }
  } finally {
    await file.close()
  }
}

/** util-linux's program: the kernel may take its time over a long range, and that in a process of its own. */
async function fallocate(...argv: string[]): Promise<boolean> {
  const program = Bun.which('fallocate')
  if (!program) return false
  const child = Bun.spawn([program, ...argv], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' })
  return (await child.exited) === 0
}
