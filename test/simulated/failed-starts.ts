import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One recorded start: `status` as a shell shows it; 143 is one that did not fail. */
export type RecordedStart = { title: string; command: string | undefined; status: number; lines: string[] }

/** Reads the recording: `## title`, `$ command`, `exit status: N`, then output lines behind `  | `. */
export function recordedStarts(): RecordedStart[] {
  const text = readFileSync(join(import.meta.dir, '../fixtures/mesos/failed-starts.txt'), 'utf8')
  const starts: RecordedStart[] = []
  let program = ''
  for (const line of text.split('\n')) {
    const last = starts.at(-1)
    if (line.startsWith('# ----')) program = line.replaceAll(/[# -]/g, '') // both have cases of the same title
    if (line.startsWith('## '))
      starts.push({ title: `${program}: ${line.slice(3)}`, command: undefined, status: -1, lines: [] })
    else if (line.startsWith('$ ') && last) last.command = line.slice(2)
    else if (line.startsWith('exit status: ') && last)
      last.status = Number.parseInt(line.slice('exit status: '.length), 10)
    else if (line.startsWith('  | ') && last) last.lines.push(line.slice(4))
  }
  return starts
}

/** Lines that a stand-in does not print, and why. */
const left: [pattern: RegExp, why: string][] = [
  [/^\.\.\.$/, 'left out in the recording'],
  [/^\s*$/, 'an empty line'],
  [/stack trace lines left out/, 'a remark of the recording'],
  [/ZOO_(INFO|WARN|ERROR)@/, "ZooKeeper's C library"],
  [/^ {30}/, 'the help text of libprocess'],
  [
    /^[IW] (coordinator|replica|registrar|log|network|group|recover|resolver)\.(cpp|hpp):/,
    'inner life of the replicated log and the group',
  ],
  [
    /zookeeper_init failed: No such file or directory/,
    'the client retries a name that does not resolve by itself',
  ],
  [/^W process\.cpp:1917/, 'libprocess messages'],
  [/^W backend\.cpp/, 'image backends'],
  [/RAW: Received signal SIGTERM/, 'told by the exit status'],
  [/^I (detector|zookeeper)\.cpp/, 'comes when ZooKeeper answers'],
  [/^(Old|New) agent info: /, 'the recording has no content there'],
]

/** Printed lines in the form in which both sides are compared: without time, pid, labels and what is left out. */
export function comparable(lines: string[]): string[] {
  return lines
    .map((line) => line.replace(/^([IWEF])\d{4} [\d:.]+ +\d+ (\S+?)\] /, '$1 $2 ').trimEnd())
    .filter((line) => !left.some(([pattern]) => pattern.test(line)))
    .map((line) =>
      line
        .replace(/^([IWEF]) (\S+):\d+ /, '$1 $2 ')
        .replace('1.12.0-simulated', '1.12.0')
        .replace('by simulated', 'by root')
        .replace(/\(\d+B\)/, '(B)')
        .replace(/\{ ([^}]+) \}$/, (_, names: string) => `{ ${names.split(', ').sort().join(', ')} }`),
    )
}
