import { parse } from 'yaml'
import { type Change, changesBetween } from '../../../../config/document/changes.ts'
import { faultText, parseDocumentText } from '../../../../config/document/parse.ts'
import type { Written } from '../../../../config/document/shared.ts'
import { maskDocument } from '../../../../config/secret/mask.ts'
import { exitCode } from '../../../../error.ts'
import { changesText } from '../../../display/changes.ts'
import type { Run } from '../../command.ts'
import { readDocument } from '../../files.ts'
import { author, clientFor, type Present, present, readVersion, tellWarnings, tellWritten } from './agent.ts'

export const apply: Run = async (input, screen) => {
  const [file = ''] = input.args
  const text = await readDocument(file, screen)
  const agent = clientFor(input)
  const now = await present(agent)
  const version = readVersion(input) ?? now.version
  const written: Written =
    now.text === text
      ? { version: now.version }
      : await agent.put('/v1/config', { text, version, author: author(input, `apply ${file}`) })
  if (input.given('json')) screen.json(written)
  else tellWritten(written, now.version, screen)
  return exitCode.ok
}

export const validate: Run = async (input, screen) => {
  const [file = ''] = input.args
  const text = await readDocument(file, screen)
  const warnings = parseDocumentText(text, file).warnings.map(faultText)
  if (input.given('json')) screen.json({ valid: true, warnings })
  else {
    tellWarnings(warnings, screen)
    screen.print('valid')
  }
  return exitCode.ok
}

/** What a file would change; without one, what has changed since a version: the one before the present unless named. */
export const diff: Run = async (input, screen) => {
  const [file] = input.args
  const agent = clientFor(input)
  const now = await present(agent)
  const version = readVersion(input) ?? (file === undefined ? now.version - 1 : undefined)
  const older = version === undefined ? now : await agent.get<Present>(`/v1/config/history/${version}`)
  const newer = file === undefined ? now.text : await readDocument(file, screen)
  const changes: Change[] = changesBetween(parse(older.text) ?? {}, maskDocument(parse(newer) ?? {}))
  if (input.given('json')) screen.json(changes)
  else if (changes.length > 0) screen.print(changesText(changes, screen))
  else screen.note(older.text === newer ? 'no differences' : 'no differences but in comments and layout')
  return changes.length > 0 && input.given('exit-code') ? exitCode.differences : exitCode.ok
}
