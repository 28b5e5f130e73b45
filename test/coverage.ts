import { existsSync, readFileSync } from 'node:fs'

/** Which lines of which files were run: file → line → run or not. Several reports add up. */
export type Coverage = Map<string, Map<string, boolean>>

/** Adds an lcov report; files outside src/ are left out. */
export function addReport(coverage: Coverage, path: string): void {
  let lines = new Map<string, boolean>()
  for (const row of existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []) {
    const [, file] = /^SF:(.*)$/.exec(row) ?? []
    if (file !== undefined) {
      lines = coverage.get(file) ?? new Map()
      if (file.startsWith('src/')) coverage.set(file, lines)
    }
    const [, line = '', hits] = /^DA:(\d+),(\d+)/.exec(row) ?? []
    if (hits !== undefined) lines.set(line, lines.get(line) === true || hits !== '0')
  }
}

/** Share of the lines that were run, in percent. Files that no report knows do not count. */
export function percentRun(coverage: Coverage): number {
  const lines = [...coverage.values()].flatMap((file) => [...file.values()])
  return (100 * lines.filter(Boolean).length) / Math.max(1, lines.length)
}
