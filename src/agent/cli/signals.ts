/** Resolves with the first SIGINT, SIGTERM or SIGHUP. Later ones are ignored while things are being brought to an end. */
export function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
  })
}
