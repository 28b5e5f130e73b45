import type { Screen } from '../cli/screen.ts'
import { problemText } from '../problem/problem.ts'
import type { Status } from '../status.ts'
import { heldState } from './services.ts'

/** Prints a line for each thing that changed its state since the status before. */
export function openProgress(screen: Screen): (status: Status) => void {
  const shown = new Map<string, string>()
  let told = new Set<string>()
  return (status) => {
    const { waiting = [] } = status.cluster
    const lines = [
      ...waiting.map((reason) => `${screen.paint('yellow', 'waiting:')} ${reason}`),
      ...status.problems.map((problem) => `${screen.paint('red', 'problem:')} ${problemText(problem)}`),
    ]
    for (const line of lines) if (!told.has(line)) screen.note(`  ${line}`)
    told = new Set(lines)
    if (waiting.length > 0) return
    for (const machine of status.machines) {
      const { dns, services, held } = machine
      const things = [
        ...services.map(({ name, state, reason, simulated }) => ({ name, state, reason, simulated })),
        ...held.map(({ name, kind, reason }) => ({
          name,
          state: heldState(kind),
          reason,
          simulated: false,
        })),
        { name: 'dns', state: dns.state, reason: dns.reason, simulated: false },
      ]
      for (const { name, state, reason, simulated } of things) {
        // What a probe misses while a program starts is no news to anybody.
        const line = reason && state !== 'starting' ? `${state}: ${reason}` : state
        if (shown.get(name) === line) continue
        shown.set(name, line)
        const painted = state === 'ready' ? screen.paint('green', line) : line
        screen.note(`  ${name.padEnd(13)} ${painted}${simulated && state === 'ready' ? ' (simulated)' : ''}`)
      }
    }
  }
}
