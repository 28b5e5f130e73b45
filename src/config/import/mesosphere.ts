import type { Finding, Options, Source } from './finding.ts'
import { flagFinding, type Program } from './flag.ts'
import { quorumFinding } from './quorum.ts'

const folders: [RegExp, Program][] = [
  [/(?:^|\/)mesos-master\/(.+)$/, 'mesos-master'],
  [/(?:^|\/)mesos-(?:slave|agent)\/(.+)$/, 'mesos-agent'],
  [/(?:^|\/)marathon\/conf\/(.+)$/, 'marathon'],
]
const environment = /(?:^|\/)default\/(mesos|mesos-master|mesos-slave|mesos-agent|marathon)$/

/** Shell variables that the packages' start script makes flags of. */
const variables: Record<string, string> = {
  LOGS: 'log_dir',
  PORT: 'port',
  IP: 'ip',
  ZK: 'zk',
  MASTER: 'master',
  CLUSTER: 'cluster',
}

const isZk = (name: string) => /(?:^|\/)mesos\/zk$/.test(name)

/** Whether Mesosphere's packages keep such a file under /etc. */
export function isMesosphere(name: string): boolean {
  return isZk(name) || environment.test(name) || folders.some(([pattern]) => pattern.test(name))
}

/** What becomes of the files of Mesosphere's packages: a file for each flag, `?flag` for a switch, shell variables. */
export function fromMesosphere(sources: Source[], options: Options): Finding[] {
  const zk = sources.find(({ name }) => isZk(name))?.text.trim()
  const lists = new Map<string, { program: Program; flag: string; parts: string[] }>()
  const findings = sources.flatMap(({ name, text }): Finding[] => {
    if (isZk(name))
      return [{ kind: 'left', from: name, why: `join with it: \`meshbox join ${text.trim()}\`` }]
    const shell = environment.exec(name)?.[1]
    if (shell) return fromShell(shell, name, text, options)
    const found = folders
      .map(([pattern, program]) => ({ program, flag: pattern.exec(name)?.[1] }))
      .find(({ flag }) => flag !== undefined)
    if (!found?.flag) return []
    const { program, flag } = found
    const [list, item] = flag.split('/')
    if (list && item) {
      const at = lists.get(`${program} ${list}`) ?? { program, flag: list, parts: [] }
      at.parts.push(`${item}:${text.trim()}`)
      lists.set(`${program} ${list}`, at)
      return []
    }
    if (program === 'mesos-master' && flag === 'quorum') return [quorumFinding(name, Number(text), zk)]
    if (flag.startsWith('?')) return [flagFinding(program, flag.slice(1), undefined, name, options)]
    return [flagFinding(program, flag, text.trim(), name, options)]
  })
  const joined = [...lists.values()].map(({ program, flag, parts }) =>
    flagFinding(program, flag, parts.join(';'), `${program}/${flag}/`, options),
  )
  return [...findings, ...joined]
}

function fromShell(file: string, name: string, text: string, options: Options): Finding[] {
  const programs: Program[] =
    file === 'mesos'
      ? ['mesos-master', 'mesos-agent']
      : [file === 'mesos-slave' ? 'mesos-agent' : (file as Program)]
  return text.split('\n').flatMap((line): Finding[] => {
    const match = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line)
    const [, variable = '', raw = ''] = match ?? []
    if (!match) return []
    const from = `${name}: ${variable}`
    const flag = variables[variable] ?? /^(?:MESOS|MARATHON)_(.+)$/.exec(variable)?.[1]?.toLowerCase()
    if (flag === undefined) return [{ kind: 'left', from, why: 'meshbox starts the programs by itself' }]
    if (/[$`]/.test(raw)) return [{ kind: 'left', from, why: 'only a shell knows what it comes to' }]
    const value = raw.trim().replace(/^(["'])(.*)\1$/, '$2')
    return programs.map((program) => flagFinding(program, flag, value, from, options))
  })
}
