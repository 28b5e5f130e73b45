import { expect, test } from 'bun:test'
import { frame, openFrames } from './frames.ts'

test('messages are cut out of a stream wherever it is broken', () => {
  const messages = ['', 'a', 'hello', 'x'.repeat(300)].map((text) => Buffer.from(text))
  const stream = Buffer.concat(messages.map(frame))
  for (const size of [1, 2, 3, 7, 500]) {
    const take = openFrames()
    const found: string[] = []
    for (let at = 0; at < stream.length; at += size) {
      for (const message of take(stream.subarray(at, at + size))) found.push(message.toString())
    }
    expect(found).toEqual(messages.map(String))
  }
})
