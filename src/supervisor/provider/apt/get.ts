import { runToEnd } from '../run.ts'

/**
 * Runs apt-get, which asks nothing and waits up to a minute for a lock that somebody holds. What it had begun to unpack
 * it finishes, whatever becomes of us.
 * @returns the last line of what it complains about; undefined when all went well
 */
export async function aptGet(words: string[], env: Record<string, string> = {}): Promise<string | undefined> {
  const { code, complaints } = await runToEnd(
    ['apt-get', '-qq', '-y', '-o', 'DPkg::Lock::Timeout=60', ...words],
    { env: { DEBIAN_FRONTEND: 'noninteractive', ...env } },
  )
  if (code === 0) return undefined
  const errors = complaints.split('\n').filter((line) => line.startsWith('E: '))
  return (
    (errors[0] ?? complaints.trim().split('\n').at(-1))?.replace(/^E: /, '') ||
    'apt-get failed without a word'
  )
}
