import { expect, test } from 'bun:test'
import { scrub, textsIn } from './scrub.ts'

test('what is known to be secret is gone, in whatever text and spelling', () => {
  const secrets = ['hush"hush', 'AAAA+/==', 'abc']
  const text = `plain hush"hush, in JSON ${JSON.stringify({ x: 'hush"hush' })}, in a URL ?k=${encodeURIComponent('AAAA+/==')} abc`
  expect(scrub(text, secrets)).toBe('plain ***, in JSON {"x":"***"}, in a URL ?k=*** abc')
})

test.each([
  ['zk://user:hush@10.0.0.1:2181/mesos', 'zk://***@10.0.0.1:2181/mesos'],
  ['Authorization: Bearer abcdefgh.ijk', 'Authorization: Bearer ***'],
  ['token mbx_0a1b2c3d_abcdefghijklmnopqrstuv', 'token ***'],
  ['{"secret":"hush","x":1}', '{"secret":"***","x":1}'],
  ['"{\\"password\\": \\"hush\\"}"', '"{\\"password\\": \\"***\\"}"'],
  ['--ssl_password=hush --port=5', '--ssl_password=*** --port=5'],
  ['secrets: 5 of them are there', 'secrets: *** of them are there'],
  ['ssl.keyStore.password=hush', 'ssl.keyStore.password=***'],
])('%s', (text, wanted) => {
  expect(scrub(text, [])).toBe(wanted)
})

test('what is no secret stays', () => {
  for (const text of [
    'zk://10.0.0.1:2181/mesos',
    'tokens: {',
    'http://10.0.0.1:8080/v2/apps',
    '12:30:59 x@y',
  ])
    expect(scrub(text, [])).toBe(text)
})

test('the texts of a value are found at any depth', () => {
  expect(textsIn({ a: ['x', { b: 'y' }], c: 5, d: null })).toEqual(['x', 'y'])
})
