import { existsSync } from 'node:fs'

/** `size` bytes at most in a piece, and so many finished pieces beside the file that is written. */
export type LogLimits = { size: number; count: number }

/** The finished pieces of a log, the newest first: `marathon.log.1`, `marathon.log.2`, … */
export function piecesOf(logFile: string): string[] {
  const pieces: string[] = []
  for (let number = 1; existsSync(pieceOf(logFile, number)); number++) pieces.push(pieceOf(logFile, number))
  return pieces
}

export function pieceOf(logFile: string, number: number): string {
  return `${logFile}.${number}`
}
