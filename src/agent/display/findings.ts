import type { Finding } from '../../config/import/finding.ts'
import type { Screen, Style } from '../cli/screen.ts'
import { valueText } from './origins.ts'

type Group = { title: string; style: Style; line: (finding: Finding) => string | undefined }

const groups: Group[] = [
  {
    title: 'taken',
    style: 'green',
    line: (finding) =>
      finding.kind === 'taken' && finding.mended === undefined
        ? `${finding.from} → ${finding.path.join('.')}: ${valueText(finding.value)}`
        : undefined,
  },
  {
    title: 'mended',
    style: 'yellow',
    line(finding) {
      if (finding.kind === 'mended') return `${finding.from}: ${finding.why}`
      return finding.kind === 'taken' && finding.mended !== undefined
        ? `${finding.from} → ${finding.path.join('.')}: ${valueText(finding.value)} (${finding.mended})`
        : undefined
    },
  },
  {
    title: 'left out',
    style: 'red',
    line: (finding) => (finding.kind === 'left' ? `${finding.from}: ${finding.why}` : undefined),
  },
]

/** What became of every setting, in groups; those that are so anyway are only counted. */
export function findingsText(findings: Finding[], unknown: string[], screen: Screen): string {
  const same = findings.filter(({ kind }) => kind === 'same').length
  return [
    ...groups.flatMap(({ title, style, line }) => {
      const lines = findings.map(line).filter((text) => text !== undefined)
      return lines.length === 0 ? [] : [screen.paint(style, `${title}:`), ...lines.map((text) => `  ${text}`)]
    }),
    ...unknown.map((name) => `${name}: nothing that meshbox knows has this shape`),
    ...(same > 0 ? [`${same} more are the defaults`] : []),
  ].join('\n')
}
