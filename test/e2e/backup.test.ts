import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { makePlace, type Place } from './machine.ts'
import { examplesOf, runExamples } from './page.ts'

setDefaultTimeout(180_000)

let place: Place
let url: string
beforeAll(async () => {
  place = await makePlace()
  url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  const argv = ['--simulated', '--config', place.configFile, '--data-dir', place.dataDir]
  expect(await place.meshbox('join', url, ...argv)).toMatchObject({ code: 0 })
})
afterAll(() => place.remove())

test('every command of docs/backup.md shows what the page says', async () => {
  const examples = examplesOf('backup.md')
  expect(examples.length).toBeGreaterThan(4)
  await runExamples(examples, place, (text) => text.replaceAll('zk://10.0.0.1:2181/mesos', url))
})
