import { z } from 'zod'
import { isSettings, type Settings, valueAt } from '../document/layers.ts'
import marathon from '../flags/marathon.json' with { type: 'json' }
import { type Program, sections } from '../import/flag.ts'
import { isReference } from '../option/kind/file-value.ts'
import { written } from '../option/kind/kind.ts'
import { optionAt } from '../option/walk.ts'
import { documentSchema } from '../schema.ts'
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
      const path = [...sections[program], flag]
      const facts = optionAt(documentSchema, path)?.facts
      const ownFile = facts?.file === true && facts.secret === true && !isReference(value)
      const file = fileFor(program, flag, spelled(path, value))
      if (ownFile) left.push({ path: path.join('.'), why: 'it is secret, and wants a file of its own' })
      else if (file) files.push({ path: `${folders[program]}/${file.path}`, content: file.content })
      else left.push({ path: path.join('.'), why: 'a file for a flag holds one line' })
    }
  }
  const rest = without(settings, ['name', 'mesos', 'marathon'])
  return { files, left: [...left, ...leftIn(rest, [], 'the packages of Mesosphere have no such thing')] }
}

/** As the program wants it on its command line; what stands under `extraFlags` already is. */
function spelled(path: string[], value: unknown): unknown {
  const schema = optionAt(documentSchema, path)?.schema
  if (!schema || typeof value !== 'object') return value
  const { data } = z.safeParse(schema, value)
  return data === undefined ? value : written(schema, data)
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
