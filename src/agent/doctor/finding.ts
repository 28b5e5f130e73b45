/** What a check has found: one line, why it matters where it does, and what mends it. */
export type Finding = {
  result: 'ok' | 'warning' | 'failed'
  /** What was looked at, and what is the matter with it. */
  message: string
  /** A command, best as it is typed. */
  hint?: string
  /** What `--fix` does about it: nothing that could harm what runs. */
  mend?: Mend
}

export type Mend = {
  /** In words, for who watches. */
  what: string
  /** @throws MeshboxError when it cannot be mended from here */
  run: () => Promise<unknown>
}

export const ok = (message: string): Finding => ({ result: 'ok', message })
export const warning = (message: string, hint: string, mend?: Mend): Finding => ({
  result: 'warning',
  message,
  hint,
  ...(mend ? { mend } : {}),
})
export const failed = (message: string, hint: string, mend?: Mend): Finding => ({
  ...warning(message, hint, mend),
  result: 'failed',
})
