import { nextFor } from '../display/next.ts'
import type { OtherMachine } from '../nodes/others.ts'
import type { ClusterStatus } from '../status.ts'

/** Something that somebody has to know of, and what mends it. */
export type Trouble = {
  severity: 'failed' | 'warning'
  /** On which machine, where it is another than the one that is asked. */
  machine?: string
  what: string
  why?: string
  command?: string
}

/** All of the cluster, the worst first. */
export function problemsOf(cluster: ClusterStatus): Trouble[] {
  const own = cluster.problems.map((problem) => read(problem))
  const waiting = (cluster.cluster.waiting ?? []).map(
    (what): Trouble => ({ severity: 'warning', what: `Waiting: ${what}`, command: 'meshbox status' }),
  )
  const held = cluster.machines.flatMap(({ held }) =>
    held
      .filter(({ kind }) => kind === 'missing')
      .map(
        ({ name, reason, hint }): Trouble => ({
          ...{ severity: 'failed', what: `${name} cannot run here`, why: reason },
          command: commandIn(hint ?? '') ?? 'meshbox install --plan',
        }),
      ),
  )
  const others = cluster.others.flatMap(troubleOf)
  return [...own, ...held, ...waiting, ...others].sort((a, b) => rank(a) - rank(b))
}

const rank = ({ severity }: Trouble) => (severity === 'failed' ? 0 : 1)

function troubleOf({ name, state, said }: OtherMachine): Trouble[] {
  if (state === 'failed')
    return [
      {
        ...{ severity: 'failed', machine: name, what: `${name} does not answer` },
        why: 'gossip does not reach it',
        command: `meshbox leave --forget ${name}`,
      },
    ]
  if (said) return said.problems.map((problem) => ({ ...read(problem, name), machine: name }))
  return [
    {
      ...{ severity: 'failed', machine: name, what: `${name} is not in touch with ZooKeeper` },
      command: 'meshbox doctor',
    },
  ]
}

/** `what: why; what to do` as the agent says it, the last often with a command in backquotes. */
function read(problem: string, node?: string): Trouble {
  const [, what = problem, why] = /^(.{3,80}?): (.*)$/s.exec(problem) ?? []
  // On which machine is told beside it.
  const command = commandIn(problem) ?? nextFor(problem, node)?.replace(/, on \S+$/, '')
  return { severity: 'failed', what, ...(why ? { why } : {}), ...(command ? { command } : {}) }
}

const commandIn = (text: string): string | undefined => /`(meshbox [^`]+)`/.exec(text)?.[1]
