import { documentSchema } from '../schema.ts'
import { optionsIn } from './walk.ts'

let known: string[][] | undefined

/** Where the document has values that are shown to nobody. @example secretPaths() // [['dns', 'mesosCredentials'], …] */
export function secretPaths(): string[][] {
  known ??= optionsIn(documentSchema).flatMap(({ path, facts }) => (facts.secret ? [path] : []))
  return known
}

/** Whether a value at a path of the settings is secret, or a part of one. */
export function isSecret(path: readonly PropertyKey[]): boolean {
  return secretPaths().some((secret) => secret.every((key, index) => key === path[index]))
}
