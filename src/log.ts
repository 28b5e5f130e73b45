import pino from 'pino'

export type Log = pino.Logger

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** From which level on it is written. It may be changed at any time, and counts for children too. */
export type Threshold = { level: LogLevel }

/** Structured log: one JSON object a line, to a file or a descriptor (2 is stderr), written at once. */
export function openLog(destination: string | number, threshold: Threshold = { level: 'info' }): Log {
  return pino(
    {
      level: 'debug',
      hooks: {
        logMethod(args, method, level) {
          if (level >= (pino.levels.values[threshold.level] ?? 0)) method.apply(this, args)
        },
      },
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    target(destination),
  )
}

/** So much is held back while nothing can be written; what comes then is dropped. */
const heldBytes = 1 << 20

/** A log that cannot be written, on a full disk above all, is no reason for what is logged to go wrong: it waits for room. */
function target(dest: string | number): pino.DestinationStream {
  const stream = pino.destination({ dest, sync: true, mkdir: true, maxLength: heldBytes })
  stream.on('error', () => {})
  return stream
}

/** For callers that want no log, tests above all. */
export const silentLog: Log = pino({ level: 'silent' })
