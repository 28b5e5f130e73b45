import { isSettings, type Settings, valueAt } from '../document/layers.ts'
import marathon from '../flags/marathon.json' with { type: 'json' }
import { type Program, sections } from '../import/flag.ts'
import { type Left, leftIn, without } from './left.ts'

/** A file below /etc. */
export type ExportedFile = { path: string; content: string }

const folders: Record<Program, string> = {
  'mesos-master': 'mesos-master',
  'mesos-agent': 'mesos-slave',
  marathon: 'marathon/conf',
}

/**
 * What is set, as the files of Mesosphere's packages: one for each flag, `?flag` for a switch.
 * @param zk the ZooKeeper URL of the cluster
 */
export function exportMesosphere(settings: Settings, zk: string): { files: ExportedFile[]; left: Left[] } {
  const files: ExportedFile[] = [{ path: 'mesos/zk', content: `${zk}\n` }]
  const left: Left[] = []
  if (typeof settings.name === 'string')
    files.push({ path: 'mesos-master/cluster', content: `${settings.name}\n` })
  for (const program of Object.keys(sections) as Program[]) {
    const section = valueAt(settings, sections[program])
    if (!isSettings(section)) continue
    const { extraFlags, ...typed } = section
    const flags = { ...typed, ...(isSettings(extraFlags) ? extraFlags : {}) }
    for (const [flag, value] of Object.entries(flags)) {
      const file = fileFor(program, flag, value)
      if (file) files.push({ path: `${folders[program]}/${file.path}`, content: file.content })
      else
        left.push({ path: [...sections[program], flag].join('.'), why: 'a file for a flag holds one line' })
    }
  }
  const rest = without(settings, ['name', 'mesos', 'marathon'])
  return { files, left: [...left, ...leftIn(rest, [], 'the packages of Mesosphere have no such thing')] }
}

function fileFor(program: Program, flag: string, value: unknown): ExportedFile | undefined {
  if (value === true) return { path: `?${flag}`, content: '' }
  if (value === false) return { path: `?${negated(program, flag)}`, content: '' }
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.trim() === text && !text.includes('\n') ? { path: flag, content: `${text}\n` } : undefined
}

function negated(program: Program, flag: string): string {
  if (program !== 'marathon') return `no-${flag}`
  return marathon.flags.find(({ name }) => name === flag)?.negatedBy ?? `disable_${flag}`
}
