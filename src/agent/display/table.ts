import type { Screen, Style } from '../cli/screen.ts'

export type Cell = string | { text: string; style: Style }

const gap = '  '
/** A name is shortened to no less than that. */
const leastName = 16

/** Rows under their titles, each column as wide as its widest cell; empty columns are left out. */
export function table(screen: Screen, titles: string[], rows: Cell[][]): string {
  const used = usedIn(titles, rows)
  const line = (row: Cell[]) =>
    used
      .map(({ column, width }, index) => {
        const cell = row[column] ?? ''
        const last = index === used.length - 1
        const padded = last ? textOf(cell) : textOf(cell).padEnd(width)
        return typeof cell === 'string' ? padded : screen.paint(cell.style, padded)
      })
      .join(gap)
      .trimEnd()
  return [line(titles.map((title) => ({ text: title, style: 'dim' }))), ...rows.map(line)].join('\n')
}

/**
 * The same for a screen that may be narrower: then it goes without the spare columns, the first ones first. The title of the
 * first column among them stands for names that are shortened; `meshbox members` has them whole.
 */
export function fitting(
  screen: Screen,
  titles: string[],
  rows: Cell[][],
  [next, ...spare]: string[],
): string {
  const over = widthOf(titles, rows) - screen.width
  if (over <= 0 || next === undefined) return table(screen, titles, rows)
  const at = titles.indexOf(next)
  if (at > 0) {
    const without = <T>(row: T[]) => row.filter((_, column) => column !== at)
    return fitting(screen, without(titles), rows.map(without), spare)
  }
  const names = rows.map(([name]) => textOf(name))
  const most = Math.max(leastName, Math.max(...names.map(({ length }) => length)) - over)
  const shorter = names.map((name) => (name.length > most ? `${name.slice(0, most - 1)}…` : name))
  // Two machines must not look like one.
  const told = new Set(shorter).size === new Set(names).size ? shorter : names
  return fitting(
    screen,
    titles,
    rows.map(([, ...row], index) => [told[index] ?? '', ...row]),
    spare,
  )
}

function usedIn(titles: string[], rows: Cell[][]): { column: number; width: number }[] {
  return titles
    .map((_, column) => ({
      column,
      width: Math.max(...[titles, ...rows].map((row) => textOf(row[column]).length)),
    }))
    .filter(({ column }) => rows.some((row) => textOf(row[column]) !== ''))
}

function widthOf(titles: string[], rows: Cell[][]): number {
  const used = usedIn(titles, rows)
  return used.reduce((sum, { width }) => sum + width, gap.length * (used.length - 1))
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  return typeof cell === 'string' ? cell : cell.text
}
