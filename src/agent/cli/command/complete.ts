import { type ExitCode, exitCode } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Command } from '../command.ts'
import { candidatesFor } from '../completion/candidates.ts'
import { sourcesFrom } from '../completion/sources.ts'

/**
 * `meshbox complete WORDS…`, for the scripts of `meshbox completion`: a line for each word that may stand in the place of
 * the last one, with a tab and what it is. No line of the table, for it is nothing for people.
 */
export async function complete(
  words: string[],
  commands: Command[],
  print: (text: string) => void,
): Promise<ExitCode> {
  const at = words.indexOf('--data-dir')
  const agent = agentClient(foldersAt(at < 0 ? undefined : words[at + 1]))
  const found = await candidatesFor(words, commands, sourcesFrom(agent))
  for (const { word, help } of found) print(help === undefined ? word : `${word}\t${help}`)
  return exitCode.ok
}
