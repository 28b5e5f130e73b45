import { expect, test } from 'bun:test'
import type { Message } from '../wire/messages.ts'
import { createBroadcasts } from './broadcasts.ts'

const news = (size: number, mark = 0): Message => ({ kind: 'user', Payload: new Uint8Array(size).fill(mark) })
const queue = (transmits = 3, most = 100) =>
  createBroadcasts({ transmits: () => transmits, most: () => most })

test('each is told only so often, then it is finished', () => {
  const waiting = queue(3)
  let finished = 0
  waiting.add('a', news(10), () => finished++)
  expect([1, 2, 3, 4].map(() => waiting.take(1000).length)).toEqual([1, 1, 1, 0])
  expect([finished, waiting.size()]).toEqual([1, 0])
})

test('a newer one of the same name takes its place, and starts anew', () => {
  const waiting = queue(2)
  let replaced = false
  waiting.add('a', news(10, 1), () => {
    replaced = true
  })
  waiting.take(1000)
  waiting.add('a', news(10, 2))
  expect(replaced).toBe(true)
  expect([1, 2, 3].map(() => waiting.take(1000))).toEqual([[news(10, 2)], [news(10, 2)], []])
})

test('the least told go first, and the newest of these', () => {
  const waiting = queue(5)
  waiting.add('old', news(40, 1))
  waiting.take(1000)
  waiting.add('first', news(40, 2))
  waiting.add('second', news(40, 3))
  expect(waiting.take(100)).toEqual([news(40, 3), news(40, 2)])
  expect(waiting.take(1000)).toHaveLength(3)
})

test('what does not fit waits, smaller ones go in its place', () => {
  const waiting = queue()
  waiting.add('small', news(20))
  waiting.add('big', news(500))
  expect(waiting.take(100)).toEqual([news(20)])
  expect(waiting.take(1000)).toHaveLength(2)
})

test('there is room for so many; the most told are given up first', () => {
  const waiting = queue(50, 10)
  waiting.add('told', news(20, 1))
  waiting.take(1000)
  for (let i = 0; i < 10; i++) waiting.add(`new ${i}`, news(20, 2))
  expect(waiting.size()).toBe(10)
  expect(waiting.take(10_000)).toEqual(Array(10).fill(news(20, 2)))
})

test('thousands that replace each other do not pile up', () => {
  const waiting = queue()
  for (let i = 0; i < 5000; i++) waiting.add(`name ${i % 3}`, news(20))
  expect(waiting.size()).toBe(3)
  expect(waiting.take(10_000)).toHaveLength(3)
})
