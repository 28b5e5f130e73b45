import { createInterface } from 'node:readline/promises'
import { MeshboxError, misuse } from '../../error.ts'

/**
 * Has a person say yes on the terminal. `given` is the word said beforehand, by --yes.
 * @throws MeshboxError when the person says anything else; (exit 2) when there is no terminal to ask at
 */
export async function confirm(question: string, given: boolean): Promise<void> {
  if (given) return
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw misuse('not-confirmed', `cannot go on without your word: ${question}`, 'add --yes')
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`${question} [y/N] `)
    if (/^y(es)?$/i.test(answer.trim())) return
  } finally {
    terminal.close()
  }
  throw new MeshboxError({ code: 'not-confirmed', message: 'cannot go on: you did not say yes' })
}
