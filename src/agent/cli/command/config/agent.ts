import { userInfo } from 'node:os'
import type { Written } from '../../../../config/document/shared.ts'
import { misuse } from '../../../../error.ts'
import { type AgentClient, agentClient } from '../../../api/client.ts'
import { foldersAt } from '../../../local/folders.ts'
import type { Input } from '../../command.ts'
import type { Screen } from '../../screen.ts'

/** The document as the API shows it. */
export type Present = { text: string; version: number; problem?: string }

export function clientFor(input: Input): AgentClient {
  return agentClient(foldersAt(input.text('data-dir')))
}

export function present(agent: AgentClient): Promise<Present> {
  return agent.get<Present>('/v1/config')
}

export function forNode(node: string | undefined): string {
  return node === undefined ? '' : `?node=${encodeURIComponent(node)}`
}

export function readVersion(input: Input): number | undefined {
  const text = input.text('version')
  return text === undefined ? undefined : versionOf(text)
}

export function versionOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw misuse(
    'version',
    `cannot find version "${text}": versions are numbers`,
    'run `meshbox config history`',
  )
}

/** Who writes, by which command, and why: what the history will say. */
export function author(input: Input, how: string) {
  const why = input.text('message')
  return { who: whoIsThis(), how, ...(why === undefined ? {} : { why }) }
}

/** Behind sudo the person; a shell without USER leaves nothing but the number. */
function whoIsThis(): string {
  const { username, uid } = userInfo()
  if (process.env.SUDO_USER) return process.env.SUDO_USER
  if (username !== 'unknown') return username
  return uid === 0 ? 'root' : `user ${uid}`
}

/** What was taken, but can hardly be meant. */
export function tellWarnings(warnings: string[], screen: Screen): void {
  for (const warning of warnings) screen.note(`${screen.paint('yellow', 'warning:')} ${warning}`)
}

/** Tells what became of a write. */
export function tellWritten(written: Written, before: number | undefined, screen: Screen): void {
  const { version, mergedWith, warnings = [] } = written
  if (mergedWith === undefined && version === before)
    screen.print(`nothing to change: version ${version} is the same`)
  else screen.print(`version ${version} written`)
  tellWarnings(warnings, screen)
  if (mergedWith === undefined) return
  screen.note(
    `merged with version ${mergedWith}, which somebody wrote meanwhile; comments that you changed are left out`,
  )
}
