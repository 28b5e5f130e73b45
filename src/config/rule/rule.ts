import type { Config } from '../schema.ts'

/** What is known of the cluster beside its document. */
export type Cluster = {
  /** How many controllers there are by declaration, up or not. */
  controllers?: number
}

/** What a rule may know of the machine that a configuration is for. */
export type Subject = {
  roles: readonly ('worker' | 'controller')[]
} & Cluster

/** What breaks a rule: the option, and what is wrong with its value and better written instead. */
export type Violation = {
  path: string[]
  /** `must be …; write … instead` */
  message: string
  /** It works, but hardly as anybody would want it. */
  warning?: true
  /** A warning of what nobody may write any more; a document that has it already is read all the same. */
  refused?: true
}

/** A rule that no option can keep alone. */
export type Rule = (config: Config, subject: Subject) => Violation[]
