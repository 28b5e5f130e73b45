/** How a program ends: by its own exit status, or as killed by a signal (a shell shows 128 + its number). */
export type Ending = { kind: 'exit'; status: number } | { kind: 'signal'; signal: NodeJS.Signals }

export const exited = (status: number): Ending => ({ kind: 'exit', status })
/** What glog does after a fatal line: SIGABRT. */
export const aborted: Ending = { kind: 'signal', signal: 'SIGABRT' }

/** Ends this process so that its parent sees the signal as the cause. Does not return. */
export function dieBy(signal: NodeJS.Signals): never {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  // The signal may be delivered a moment after kill(2) returned to another thread of the runtime.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000)
  process.exit(128)
}

/** A start that failed in the way that `ending` says; what there is to read about it is in the log already. */
export class StartFailure extends Error {
  constructor(readonly ending: Ending) {
    super('the program could not start')
    this.name = 'StartFailure'
  }
}
