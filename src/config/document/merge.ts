import { parse } from 'yaml'
import { MeshboxError } from '../../error.ts'
import { changesBetween, collision } from './changes.ts'
import { applyEdits } from './edit.ts'

type Version = { text: string; version: number }

/**
 * The present text with what `text` changed of `base`, when the two changed different values.
 * @throws MeshboxError `document-conflict` when they changed the same one
 */
export function merged(base: Version, text: string, now: Version): string {
  const ours = changesBetween(valuesOf(base.text), valuesOf(text))
  const theirs = changesBetween(valuesOf(base.text), valuesOf(now.text))
  const clash = collision(ours, theirs)
  if (clash || ours.length === 0) throw conflict(base.version, now.version, clash?.theirs.path)
  return applyEdits(
    now.text,
    ours.map(({ path, to }) => ({ path, value: to })),
  )
}

/** A text that is no YAML has no values that could be kept. */
function valuesOf(text: string): unknown {
  try {
    return parse(text) ?? {}
  } catch {
    return undefined
  }
}

export function conflict(version: number, now: number, path: string[] | undefined): MeshboxError {
  const what = path === undefined || path.length === 0 ? '' : ` and changed ${path.join('.')} too`
  return new MeshboxError({
    code: 'document-conflict',
    message: `cannot write the shared document: version ${version} was replaced by version ${now} meanwhile${what}`,
    hint: `see what changed with \`meshbox config diff --version ${version}\`, then repeat your change`,
  })
}
