import type { Screen, Style } from '../cli/screen.ts'
import type { Report } from '../doctor/doctor.ts'

const marks: Record<Report[number]['result'], { word: string; style: Style }> = {
  ok: { word: 'ok', style: 'green' },
  warning: { word: 'warning', style: 'yellow' },
  failed: { word: 'failed', style: 'red' },
}

/** A line for each finding and, below it, what mends it; the sum at the end. */
export function reportText(report: Report, screen: Screen): string {
  const lines = report.flatMap(({ check, result, message, hint }) => {
    const { word, style } = marks[result]
    return [
      `${screen.paint(style, word.padEnd(7))}  ${check.padEnd(9)}  ${message}`,
      ...(hint ? [`${' '.repeat(20)}hint: ${hint}`] : []),
    ]
  })
  const count = (wanted: string) => report.filter(({ result }) => result === wanted).length
  return [...lines, '', `${count('failed')} failed, ${warnings(count('warning'))}, ${count('ok')} ok`].join(
    '\n',
  )
}

const warnings = (count: number) => `${count} ${count === 1 ? 'warning' : 'warnings'}`
