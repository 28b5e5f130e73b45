import { createInterface } from 'node:readline/promises'
import { MeshboxError, misuse } from '../../error.ts'

/**
 * Has a person say yes on the terminal. `given` is the word said beforehand, by --yes.
 * @throws MeshboxError when the person says anything else; (exit 2) when there is no terminal to ask at
 */
export async function confirm(question: string, given: boolean): Promise<void> {
  if (given) return
  if (!isAsked()) throw misuse('not-confirmed', `cannot go on without your word: ${question}`, 'add --yes')
  if (await saysYes(question)) return
  throw new MeshboxError({ code: 'not-confirmed', message: 'cannot go on: you did not say yes' })
}

/** Whether there is somebody to ask. */
export function isAsked(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Anything but a yes is a no: Ctrl-C and Ctrl-D too. */
export async function saysYes(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
    process.stderr.write('\n')
    return false
  } finally {
    terminal.close()
  }
}
