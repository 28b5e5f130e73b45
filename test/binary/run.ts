import { join } from 'node:path'

export const binary = join(import.meta.dir, '../../dist/meshbox')

export type Ended = { code: number; out: string; err: string }

/** Runs a command to its end. Servers of this process go on answering meanwhile. */
export async function run(
  command: string[],
  { cwd = '/', env = process.env }: { cwd?: string; env?: Record<string, string | undefined> } = {},
): Promise<Ended> {
  const child = Bun.spawn(command, { cwd, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, out, err }
}
