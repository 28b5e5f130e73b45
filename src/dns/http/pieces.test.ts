import { expect, test } from 'bun:test'
import { openPieces } from './pieces.ts'

const line = `${'x'.repeat(1023)}\n`

function* text(lines: number, see: () => void = () => {}): Generator<string> {
  for (let i = 0; i < lines; i++) {
    see()
    yield line
  }
}

test('a long answer is made between other work, however many there are', async () => {
  const inPieces = openPieces()
  let made = 0
  let most = 0
  let before = 0
  let open = true
  const round = () => {
    most = Math.max(most, made - before)
    before = made
    if (open) setImmediate(round)
  }
  const answers = Array.from({ length: 5 }, () =>
    inPieces(
      text(1000, () => made++),
      {},
    ),
  )
  before = made
  round()
  const bodies = await Promise.all(answers.map((answer) => answer.text()))
  open = false
  for (const body of bodies) expect(body).toBe(line.repeat(1000))
  // A piece is 16 lines; a round of ours may have two of theirs.
  expect(most).toBeLessThanOrEqual(32)
})

test('a short answer is one piece; of long ones there are so many at once', async () => {
  const inPieces = openPieces()
  const answers = Array.from({ length: 40 }, () => inPieces(text(100), { 'X-Test': 'yes' }))
  const turned = answers.filter(({ status }) => status === 503)
  expect(turned).toHaveLength(8)
  expect(turned[0]?.headers.get('retry-after')).toBe('1')
  expect(await inPieces(text(3), {}).text()).toBe(line.repeat(3))
  await Promise.all(answers.slice(0, 20).map((answer) => answer.text()))
  await Promise.all(answers.slice(20, 32).map((answer) => answer.body?.cancel()))
  const again = inPieces(text(100), { 'X-Test': 'yes' })
  expect([again.status, again.headers.get('x-test')]).toEqual([200, 'yes'])
  await again.text()
})
