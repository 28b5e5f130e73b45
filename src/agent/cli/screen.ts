import { asciiOf, hasAllLetters } from '../display/letters.ts'

/** Where a command writes: results to `print`, everything for the eye alone to `note` (stderr). */
export type Screen = {
  print(text: string): void
  /** A document, a key, a script: not a letter of it is another one on any terminal. */
  data(text: string): void
  note(text: string): void
  /** A result as it stands, without a line end of its own. */
  write(bytes: Uint8Array): void
  /** JSON on stdout, for `--json`. */
  json(value: unknown): void
  paint(style: Style, text: string): string
  /** Whether stderr is a terminal: progress may redraw itself. */
  live: boolean
  /** Columns of the terminal; where there is none, those of most. */
  width: number
  /** As many lines as it shows at a time; without end where there is none. */
  height: number
}

export type Style = 'red' | 'green' | 'yellow' | 'dim' | 'bold'

const escapes: Record<Style, string> = { red: '31', green: '32', yellow: '33', dim: '2', bold: '1' }

/** The terminal. Colour only where both outputs are one, and never with NO_COLOR set (https://no-color.org). */
export function openScreen(): Screen {
  const terminal = process.stdout.isTTY === true && process.stderr.isTTY === true
  const colour = terminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb'
  const letters = hasAllLetters(process.env) ? (text: string) => text : asciiOf
  const data = (text: string) => void process.stdout.write(`${text}\n`)
  return {
    print: (text) => data(letters(text)),
    data,
    write: (bytes) => void process.stdout.write(bytes),
    note: (text) => void process.stderr.write(`${letters(text)}\n`),
    json: (value) => data(JSON.stringify(value, null, 2)),
    paint: (style, text) => (colour ? `\u001b[${escapes[style]}m${text}\u001b[0m` : text),
    live: terminal,
    get width() {
      return (terminal && process.stdout.columns) || 80
    },
    get height() {
      return (terminal && process.stdout.rows) || Number.POSITIVE_INFINITY
    },
  }
}
