import { documentSchema } from '../schema.ts'
import { optionsIn } from './walk.ts'

/** Where the document has values that are shown to nobody. @example secretPaths() // [['dns', 'mesosCredentials'], …] */
export function secretPaths(): string[][] {
  return optionsIn(documentSchema).flatMap(({ path, facts }) => (facts.secret ? [path] : []))
}

/** Whether a value at a path of the settings is secret, or a part of one. */
export function isSecret(path: readonly PropertyKey[]): boolean {
  return secretPaths().some((secret) => secret.every((key, index) => key === path[index]))
}
