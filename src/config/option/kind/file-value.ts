import { z } from 'zod'
import { kind, kindOf, written } from './kind.ts'

const reference = z.string().regex(/^(?:file:\/\/)?\/[^\n\r\0]+$/, { error: 'must be the path of a file' })

/**
 * What a program wants as a file: the content itself, or the path of a file that is already there, `/a/file` or
 * `file:///a/file`. The content is written to a file of mode 0600.
 * @example option(fileValue(acls).optional(), { …, file: true })
 */
export function fileValue<S extends z.ZodType>(content: S) {
  const of = kindOf(content)
  return kind(z.union([reference, content], { error: `must be a path, or ${of?.text ?? 'a text'}` }), {
    name: `file (${of?.name ?? 'text'})`,
    text: `the path of a file, or what is to stand in it: ${of?.text ?? 'a text'}`,
    good: ['/etc/mesos/file', 'file:///etc/mesos/file', ...(of?.good ?? [])],
    bad: [5, null, ...(of?.bad ?? [])],
    // Every flag of Mesos takes this form; the bare path only some.
    write: (value) => (isReference(value) ? value.replace(/^\//, 'file:///') : written(content, value)),
    ...(of?.json ? { json: of.json } : {}),
  })
}

/** Whether a value names a file instead of being its content. */
export function isReference(value: unknown): value is string {
  return reference.safeParse(value).success
}
