import type { Screen, Style } from '../cli/screen.ts'

export type Cell = string | { text: string; style: Style }

const gap = '  '

/** Rows under their titles, each column as wide as its widest cell; empty columns are left out. */
export function table(screen: Screen, titles: string[], rows: Cell[][]): string {
  const used = titles
    .map((_, column) => column)
    .filter((column) => rows.some((row) => textOf(row[column]) !== ''))
  const widths = used.map((column) => Math.max(...[titles, ...rows].map((row) => textOf(row[column]).length)))
  const line = (row: Cell[]) =>
    used
      .map((column, index) => {
        const cell = row[column] ?? ''
        const last = index === used.length - 1
        const padded = last ? textOf(cell) : textOf(cell).padEnd(widths[index] ?? 0)
        return typeof cell === 'string' ? padded : screen.paint(cell.style, padded)
      })
      .join(gap)
      .trimEnd()
  return [line(titles.map((title) => ({ text: title, style: 'dim' }))), ...rows.map(line)].join('\n')
}

/** How wide it is with all of its columns. */
export function widthOf(titles: string[], rows: Cell[][]): number {
  const widths = titles.map((_, column) =>
    Math.max(...[titles, ...rows].map((row) => textOf(row[column]).length)),
  )
  return widths.reduce((sum, width) => sum + width, gap.length * (titles.length - 1))
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  return typeof cell === 'string' ? cell : cell.text
}
