import type { Status } from './status.ts'

/**
 * `keep-programs`: what runs goes on without the agent. `stop-programs`: they are stopped in order, as the machine is, and
 * tasks go on where they can. `end-programs`: everything ends, tasks too. `leave`: and the machine's own look-ups are as
 * they were.
 */
export type Ending = 'keep-programs' | 'stop-programs' | 'end-programs' | 'leave'

/** What is ended because somebody wants it to is no problem, nor that names have no master to ask any more. */
export function whileEnding(status: Status): Status {
  const machines = status.machines.map((machine) => {
    const { reason, ...dns } = machine.dns
    return dns.state === 'ready' ? { ...machine, dns } : machine
  })
  return { ...status, machines, problems: [] }
}
