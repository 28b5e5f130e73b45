/** Runs `ip` to its end. @throws Error with what it said */
export function ip(...argv: string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(['ip', ...argv])
  if (exitCode !== 0) throw new Error(`ip ${argv.join(' ')}: ${stderr.toString().trim()}`)
  return stdout.toString()
}
