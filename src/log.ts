import pino from 'pino'

export type Log = pino.Logger

/** Structured log: one JSON object a line, to a file or a descriptor (2 is stderr), written at once. */
export function openLog(destination: string | number, level = 'info'): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: destination, sync: true, mkdir: true }),
  )
}

/** For callers that want no log, tests above all. */
export const silentLog: Log = pino({ level: 'silent' })
