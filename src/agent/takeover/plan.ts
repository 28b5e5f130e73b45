import { applyEdits } from '../../config/document/edit.ts'
import { editsOf, type Finding, taken } from '../../config/import/finding.ts'
import { flagFinding, type Program } from '../../config/import/flag.ts'
import { MeshboxError } from '../../error.ts'
import type { EnsemblePlan } from './ensemble.ts'
import type { FoundProgram } from './found.ts'

/** A folder of meshbox's that is to be one of the program's own: what it keeps there must not be lost. */
export type Link = { from: string; to: string }

export type Takeover = {
  programs: FoundProgram[]
  zkUrl: string
  findings: Finding[]
  /** The document that says what their flags said. */
  document: string
  links: Link[]
  /** Where ZooKeeper is taken over too: its ensemble as a birth would have it, and which of its servers runs here. */
  ensemble?: Omit<EnsemblePlan & { kind: 'taken' }, 'kind' | 'findings'>
  /** What runs here and stays as it is, and why. */
  left: { name: string; pid: number; why: string }[]
}

/** What Mesos takes where nobody says otherwise; the packages say /var/lib/mesos. */
const usualRuntime = '/var/run/mesos'

/**
 * How the programs that run here become meshbox's: their ZooKeeper URL, their flags as a document, and their folders in the
 * places of meshbox's own.
 * @param read the content of a file that a flag names
 * @throws MeshboxError when there is nothing to take over, or no URL to join with
 */
export function planTakeover(
  found: FoundProgram[],
  {
    node,
    state,
    zkUrl,
    ensemble,
    read,
  }: {
    node: string
    state: string
    zkUrl: string
    /** What becomes of the ZooKeeper that runs here, if one does. */
    ensemble: EnsemblePlan | undefined
    read: (path: string) => string
  },
): Takeover {
  const left = found.flatMap(({ name, pid, leads }): Takeover['left'] => {
    if (name === 'zookeeper' && ensemble?.kind !== 'taken')
      return [{ name, pid, why: ensemble?.why ?? 'another one runs here too' }]
    return leads ? [] : [{ name, pid, why: 'it leads no session: it was not started by a service manager' }]
  })
  const programs = found.filter(({ pid }) => !left.some((each) => each.pid === pid))
  const twice = programs.find(({ name }, index) => programs.findIndex((each) => each.name === name) !== index)
  if (twice) throw refused(`${twice.name} runs twice`, 'end the one that is not wanted')
  if (programs.length === 0)
    throw refused('neither mesos-master, nor mesos-agent, nor marathon runs here', 'meshbox join zk://…')
  const findings = [
    ...(ensemble?.kind === 'taken' ? ensemble.findings : []),
    ...programs.flatMap((program) => (program.name === 'zookeeper' ? [] : findingsOf(program, read))),
    ...programs.flatMap(({ name, user }) =>
      user === undefined ? [] : [taken(`${name} runs as ${user}`, ['supervision', name, 'user'], user)],
    ),
  ]
  return {
    programs,
    zkUrl,
    findings,
    document: applyEdits('', editsOf(findings, ['nodes', node])),
    links: [
      ...programs.flatMap((program) => linksOf(program, state)),
      ...(ensemble?.kind === 'taken' ? [{ from: `${state}/zookeeper/data`, to: ensemble.dataDir }] : []),
    ],
    ...(ensemble?.kind === 'taken' ? { ensemble: placeIn(ensemble) } : {}),
    left,
  }
}

/** Of folders, which stay where they are, and of logs, which meshbox keeps itself. */
const ours = new Set(['work_dir', 'runtime_dir', 'log_dir', 'systemd_enable_support', 'launcher'])

function findingsOf({ name, flags }: FoundProgram, read: (path: string) => string): Finding[] {
  return flags
    .filter((flag) => !ours.has(flag.name))
    .map((flag) =>
      flagFinding(name as Program, flag.name, textOf(flag.text, read), flag.name, { oneMachine: true }),
    )
}

/** Mesos reads any value from a file that is named as `file://…`. */
function textOf(text: string | undefined, read: (path: string) => string): string | undefined {
  return text?.startsWith('file://') ? read(text.slice('file://'.length)).trim() : text
}

/** The last one counts, as for the programs themselves. */
function flagOf({ flags }: FoundProgram, name: string): string | undefined {
  return flags.findLast((flag) => flag.name === name)?.text
}

function placeIn({
  servers,
  own,
  version,
  dataDir,
}: EnsemblePlan & { kind: 'taken' }): NonNullable<Takeover['ensemble']> {
  return { servers, own, version, dataDir }
}

/**
 * The ZooKeeper URL of the programs, by their own flags.
 * @throws MeshboxError when they name none
 */
export function urlOf(programs: FoundProgram[], read: (path: string) => string): string {
  const urls = programs.flatMap((program) => {
    const text = flagOf(program, program.name === 'mesos-master' ? 'zk' : 'master')
    const url = textOf(text, read)
    return url?.startsWith('zk://') ? [url] : []
  })
  const [url] = urls
  if (url === undefined)
    throw refused('their flags name no ZooKeeper', 'name it: meshbox adopt zk://host:port/mesos')
  return url
}

function linksOf(program: FoundProgram, state: string): Link[] {
  const { name } = program
  if (name === 'marathon' || name === 'zookeeper') return []
  const work = flagOf(program, 'work_dir') ?? (name === 'mesos-agent' ? '/tmp/mesos' : undefined)
  const runtime = name === 'mesos-agent' ? (flagOf(program, 'runtime_dir') ?? usualRuntime) : undefined
  return [
    ...(work === undefined ? [] : [{ from: `${state}/${name}/work`, to: work }]),
    ...(runtime === undefined ? [] : [{ from: `${state}/${name}/run`, to: runtime }]),
  ]
}

function refused(why: string, hint: string): MeshboxError {
  return new MeshboxError({ code: 'adopt', message: `cannot adopt: ${why}`, hint })
}
