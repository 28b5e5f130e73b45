/** Exit codes of the command line; scripts may rely on them. */
export const exitCode = { ok: 0, failed: 1, misused: 2, notRunning: 3, differences: 4, unhealthy: 5 } as const

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

type Details = {
  /** Stable, kebab-case, for machines: `zk-url-port`. */
  code: string
  /** In one voice: `cannot <do>: <why>`. No full stop. */
  message: string
  /** What to do next, best as a command to type. */
  hint?: string | undefined
  exit?: ExitCode
  cause?: unknown
}

/** The one error that people and programs get to see; shown in one place, by the command line or the API. */
export class MeshboxError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly exit: ExitCode

  constructor({ code, message, hint, exit = exitCode.failed, cause }: Details) {
    super(message, { cause })
    this.name = 'MeshboxError'
    this.code = code
    this.hint = hint
    this.exit = exit
  }
}

/** An error caused by what the person typed or wrote (exit 2). */
export function misuse(code: string, message: string, hint?: string): MeshboxError {
  return new MeshboxError({ code, message, hint, exit: exitCode.misused })
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
