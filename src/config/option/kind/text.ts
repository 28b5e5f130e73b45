import { z } from 'zod'
import { kind } from './kind.ts'

const oneLine = 'must be a text of one line'

/** A text of one line, which may be empty. */
export const text = kind(z.string({ error: oneLine }).regex(/^[^\n\r\0]*$/, { error: oneLine }), {
  name: 'text',
  text: 'a text of one line',
  good: ['', 'a', 'a b=c;d', "it's"],
  bad: ['two\nlines', 5, true, null, {}],
})

/** True or false. */
export const yes = kind(z.boolean({ error: 'must be true or false' }), {
  name: 'boolean',
  text: 'true or false',
  good: [true, false],
  bad: ['yes', 'true', 1, null],
})

const absolute = 'must be an absolute path, such as /var/lib/mesos'

/** An absolute path. */
export const path = kind(z.string({ error: absolute }).regex(/^\/[^\n\r\0]*$/, { error: absolute }), {
  name: 'path',
  text: 'an absolute path',
  good: ['/', '/var/lib/mesos', '/a b/c'],
  bad: ['relative', './here', '', 5, '/two\nlines'],
})

/** One of some words. */
export function choice<const T extends readonly [string, ...string[]]>(...words: T) {
  const error = `must be ${words.length === 1 ? '' : 'one of '}${words.join(', ')}`
  return kind(z.enum(words, { error }), {
    name: 'choice',
    text: words.join(', '),
    good: words,
    bad: ['no-such-word', 5, null],
  })
}
