import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import { MeshboxError } from '../error.ts'
import type { Log } from '../log.ts'
import { openLogs } from '../supervisor/log/logs.ts'
import type { Wanted } from '../supervisor/log/tail.ts'

/** 10 MiB a piece, five pieces beside the file that is written: 60 MiB a service at most. */
const limits = { size: 10 * 1024 * 1024, count: 5 }
/** On a disk that is about to be full: what is written now counts more than what was. */
const scarce = { size: 1024 * 1024, count: 0 }

/** The logs of this machine by name: one for each program, and `meshbox` for the agent's own. */
export type MachineLogs = {
  /** @throws MeshboxError `log-unknown` */
  tail(name: string, wanted: Wanted): Promise<string[]>
  /**
   * The last lines, and what is written from then on, until the reader goes.
   * @throws MeshboxError `log-unknown`, `log-followers`
   */
  follow(name: string, wanted: Wanted): ReadableStream<Uint8Array>
  stop(): Promise<void>
}

/** Keeps all logs of the folder short, shorter when its disk is full, and reads them. */
export function openMachineLogs(folder: string, full: () => boolean, clock: Clock, log: Log): MachineLogs {
  const names = () =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .map((name) => name.slice(0, -'.log'.length))
  const fileOf = (name: string) => join(folder, `${name}.log`)
  const logs = openLogs({
    files: () => names().map(fileOf),
    limits: () => (full() ? scarce : limits),
    clock,
    log,
  })

  function known(name: string): string {
    if (names().includes(name)) return fileOf(name)
    throw new MeshboxError({
      code: 'log-unknown',
      message: `cannot find a log of "${name}" on this machine`,
      hint: `there are those of ${names().sort().join(', ')}`,
    })
  }

  return {
    tail: async (name, wanted) => logs.tail(known(name), wanted),
    follow: (name, wanted) => logs.follow(known(name), wanted),
    stop: () => logs.stop(),
  }
}
