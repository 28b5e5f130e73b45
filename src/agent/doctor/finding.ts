/** What a check has found: one line, why it matters where it does, and what mends it. */
export type Finding = {
  result: 'ok' | 'warning' | 'failed'
  /** What was looked at, and what is the matter with it. */
  message: string
  /** A command, best as it is typed. */
  hint?: string
}

export const ok = (message: string): Finding => ({ result: 'ok', message })
export const warning = (message: string, hint: string): Finding => ({ result: 'warning', message, hint })
export const failed = (message: string, hint: string): Finding => ({ result: 'failed', message, hint })
