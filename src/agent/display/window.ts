import { stripVTControlCharacters } from 'node:util'

/** As much of a text as a terminal shows at a time, from its first line on: lines that are too long take several. */
export function windowOf(text: string, { columns, rows }: { columns: number; rows: number }): string {
  const lines = text.split('\n')
  const heights = lines.map((line) => Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns)))
  // The cursor stands in the last one.
  if (sum(heights) < rows) return text
  let left = rows - 2
  const shown = lines.filter((_, at) => {
    left -= heights[at] ?? 1
    return left >= 0
  })
  return [...shown, `… ${lines.length - shown.length} more lines`].join('\n')
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
