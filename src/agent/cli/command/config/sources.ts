import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Source } from '../../../../config/import/finding.ts'
import { MeshboxError, messageOf, misuse } from '../../../../error.ts'

/** Where, below /etc or a copy of it, the tools keep their settings. */
const places = [
  'mesos/zk',
  'mesos-master',
  'mesos-slave',
  'mesos-agent',
  'marathon/conf',
  'default/mesos',
  'default/mesos-master',
  'default/mesos-slave',
  'default/mesos-agent',
  'default/marathon',
  'zookeeper/conf/zoo.cfg',
  'mesos-dns/config.json',
]
/** A folder of flags that is named by itself. */
const flagFolders = ['mesos-master', 'mesos-slave', 'mesos-agent']
const answerMs = 10_000

/**
 * What a person names: a file, a folder (/etc, a copy of it, or one of the folders in it), or the URL of a running
 * master or agent.
 * @throws MeshboxError when it cannot be read, or a folder holds nothing that is known
 */
export async function readSources(named: string): Promise<Source[]> {
  if (/^https?:\/\//.test(named)) return [await readFlags(named)]
  const path = resolve(named)
  try {
    if (statSync(path).isFile()) return [read(path)]
    const whole = flagFolders.includes(basename(path)) || path.endsWith('/marathon/conf')
    const roots = whole
      ? [path]
      : [path, join(path, 'etc')].flatMap((root) => places.map((place) => join(root, place)))
    const found = roots.flatMap(filesUnder).map(read)
    if (found.length > 0) return found
  } catch (cause) {
    throw misuse('import-unreadable', `cannot read ${named}: ${messageOf(cause)}`, 'check the path')
  }
  throw misuse(
    'import-nothing',
    `cannot import ${named}: it holds nothing that meshbox knows`,
    'name a file, /etc, or a copy of it',
  )
}

async function readFlags(url: string): Promise<Source> {
  const whole = /\/flags$/.test(url) ? url : `${url.replace(/\/$/, '')}/flags`
  try {
    const response = await fetch(whole, { signal: AbortSignal.timeout(answerMs) })
    if (!response.ok) throw new Error(`it answers ${response.status}`)
    return { name: whole, text: await response.text() }
  } catch (cause) {
    throw new MeshboxError({
      code: 'import-unreachable',
      message: `cannot import ${whole}: ${messageOf(cause)}`,
      hint: 'name the address of a running mesos-master or mesos-agent, http://10.0.0.1:5050',
      cause,
    })
  }
}

function filesUnder(path: string): string[] {
  const about = statSync(path, { throwIfNoEntry: false })
  if (about === undefined) return []
  if (about.isFile()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = join(path, entry.name)
      return entry.isDirectory() || entry.isSymbolicLink() ? filesUnder(inner) : [inner]
    })
}

function read(path: string): Source {
  return { name: path, text: readFileSync(path, 'utf8') }
}
