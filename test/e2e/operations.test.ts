import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { makePlace, type Place } from './machine.ts'
import { examplesOf, runExamples } from './page.ts'

setDefaultTimeout(180_000)

let place: Place
beforeAll(async () => {
  place = await makePlace()
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  const argv = ['--simulated', '--name', 'a', '--config', place.configFile, '--data-dir', place.dataDir]
  expect(await place.meshbox('join', url, ...argv)).toMatchObject({ code: 0 })
})
afterAll(() => place.remove())

test('every command of docs/operations.md shows what the page says', async () => {
  const examples = examplesOf('operations.md')
  expect(examples.length).toBeGreaterThan(20)
  await runExamples(examples, place)
})
