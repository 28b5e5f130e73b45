import { messageOf } from '../../error.ts'

export type Said = { code: number; out: string; complaints: string }

/** Runs a command line to its end, or to that of the signal. One that is not there ends with 127, as in a shell. */
export async function runToEnd(
  argv: string[],
  { env, signal }: { env?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Said> {
  try {
    const child = Bun.spawn(argv, {
      env: { ...process.env, ...env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      ...(signal ? { signal } : {}),
    })
    const [out, complaints] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    return { code: await child.exited, out, complaints }
  } catch (error) {
    return { code: 127, out: '', complaints: messageOf(error) }
  }
}
