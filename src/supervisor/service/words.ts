import { MeshboxError, messageOf } from '../../error.ts'

/** Of a program's last words, in our own log. */
const shownLines = 10

export function stopWords(name: string): { reason: string; hint: string } {
  return { reason: 'stopped by hand', hint: `meshbox service start ${name}` }
}

export function lastLines(output: string): string[] {
  return output.trimEnd().split('\n').slice(-shownLines)
}

export function told(error: unknown): { reason: string; hint?: string } {
  const hint = error instanceof MeshboxError ? error.hint : undefined
  return { reason: messageOf(error), ...(hint === undefined ? {} : { hint }) }
}
