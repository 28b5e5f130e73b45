import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDocumentText } from '../../../../config/document/parse.ts'
import type { Written } from '../../../../config/document/shared.ts'
import { translateCharm } from '../../../../config/import/charm-section.ts'
import { isMasked } from '../../../../config/secret/vault.ts'
import { exitCode, MeshboxError, messageOf } from '../../../../error.ts'
import type { Run } from '../../command.ts'
import { author, clientFor, present, tellWritten } from './agent.ts'

/** Lines that begin so are ours, and never part of the document. */
const mark = '#! '

/** Opens the document in the person's editor, again and again until it is valid or left as it was. */
export const edit: Run = async (input, screen) => {
  const agent = clientFor(input)
  const before = await present(agent)
  const folder = mkdtempSync(join(tmpdir(), 'meshbox-edit-'))
  const file = join(folder, 'cluster.yaml')
  let keep = false
  try {
    const text = await edited(file, before.text)
    if (text === before.text) {
      if (input.given('json')) screen.json({ version: before.version })
      else screen.print('nothing was changed')
      return exitCode.ok
    }
    keep = true
    const about = author(input, 'edit')
    const written = await agent.put<Written>('/v1/config', { text, version: before.version, author: about })
    keep = false
    if (input.given('json')) screen.json(written)
    else tellWritten(written, before.version, screen)
    return exitCode.ok
  } finally {
    if (keep) screen.note(`what you wrote is kept in ${file}`)
    else rmSync(folder, { recursive: true, force: true })
  }
}

/** @throws MeshboxError when the editor fails, or the person leaves the text as wrong as it was */
async function edited(file: string, original: string): Promise<string> {
  let shown = original
  for (;;) {
    writeFileSync(file, shown, { mode: 0o600 })
    await runEditor(file)
    const saved = readFileSync(file, 'utf8')
    const text = withoutMarks(saved)
    if (text === original) return text
    try {
      const { text: translated } = translateCharm(text, 'what you wrote')
      if (!isMasked(translated)) parseDocumentText(translated, 'what you wrote')
      return text
    } catch (error) {
      if (saved === shown) throw error
      const words = messageOf(error).split('\n')
      const advice = 'mend it, or leave it as it is now to give up'
      shown = [...words, advice].map((line) => `${mark}${line}\n`).join('') + text
    }
  }
}

function withoutMarks(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith(mark))
    .join('\n')
}

async function runEditor(file: string): Promise<void> {
  const editor = process.env.VISUAL || process.env.EDITOR || 'vi'
  // As git does: the variable may hold arguments, so the shell takes it apart; the file's name stays one word.
  const child = Bun.spawn(['sh', '-c', `${editor} "$1"`, 'sh', file], {
    stdin: 'inherit',
    stdout: 'inherit',
    stderr: 'inherit',
  })
  const code = await child.exited
  if (code === 0) return
  throw new MeshboxError({
    code: 'editor-failed',
    message: `cannot edit the document: the editor "${editor}" ended with ${code}`,
    hint: 'set VISUAL or EDITOR, or use `meshbox config set` and `apply`',
  })
}
