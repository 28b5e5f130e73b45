import type { StartFailure } from '../ending.ts'
import type { Flags } from '../flags/mesos.ts'

/** With the Docker containerizer the agent looks for its containers first. @throws StartFailure as made by `refuse` */
export function checkDocker(flags: Flags, refuse: (why: string) => StartFailure): void {
  if (!(flags.get('containerizers') ?? '').split(',').includes('docker')) return
  const command = `${flags.get('docker')} -H unix://${flags.get('docker_socket')} ps -a`
  let answer: Bun.SyncSubprocess<'ignore', 'pipe'>
  try {
    answer = Bun.spawnSync(command.split(' '), { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  } catch {
    throw refuse(`Collect failed: Failed to run '${command}': No such file or directory`)
  }
  if (answer.exitCode === 0) return
  const stderr = answer.stderr.toString()
  throw refuse(
    `Collect failed: Failed to run '${command}': exited with status ${answer.exitCode}; stderr='${stderr}'`,
  )
}
