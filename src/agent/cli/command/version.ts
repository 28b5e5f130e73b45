import { exitCode } from '../../../error.ts'
import { commit, protocol, version } from '../../../version.ts'
import type { Run } from '../command.ts'

export const showVersion: Run = async (input, screen) => {
  if (input.given('json')) screen.json({ version, commit, bun: Bun.version, protocol })
  else screen.print(`meshbox ${version} (commit ${commit}, Bun ${Bun.version})`)
  return exitCode.ok
}
