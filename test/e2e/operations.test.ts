import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'bun'
import { makePlace, type Place } from './machine.ts'

setDefaultTimeout(180_000)

const page = readFileSync(join(import.meta.dir, '../../docs/operations.md'), 'utf8')

let place: Place
beforeAll(async () => {
  place = await makePlace()
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  const argv = ['--simulated', '--name', 'a', '--config', place.configFile, '--data-dir', place.dataDir]
  expect(await place.meshbox('join', url, ...argv)).toMatchObject({ code: 0 })
})
afterAll(() => place.remove())

type Example = { command: string; shown: string }

/** The commands of the page in their order, each with what is shown below it. */
const examples: Example[] = [...page.matchAll(/^```console\n(.*?)^```/gms)].flatMap(([, block = '']) =>
  block
    .split(/^\$ /m)
    .filter((text) => text !== '')
    .map((text) => {
      const [command = '', ...shown] = text.trimEnd().split('\n')
      return { command, shown: shown.join('\n') }
    }),
)

/** Commands that ask no agent have no place to be told. */
const aloneCommands = /^config (validate|explain|schema)/

async function run(command: string): Promise<string> {
  const [, line = '', file] = /^meshbox (.*?)(?: > (\S+))?$/.exec(command) ?? []
  if (line === '') return $`sh -c ${command}`.cwd(place.dir).text()
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const at = aloneCommands.test(line) ? [] : ['--data-dir', place.dataDir]
  const { out, err } = await place.meshbox(...words, ...at)
  if (file === undefined) return out + err
  writeFileSync(join(place.dir, file), out)
  return err
}

/** A line of `…` stands for any lines, `…` within one for any text. */
function patternOf(shown: string): RegExp {
  const lines = shown.split('\n').map((line) =>
    line === '…'
      ? '(?:.*\\n)*?'
      : `${line
          .split('…')
          .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')} *\\n`,
  )
  return new RegExp(`^${lines.join('')}$`)
}

test('every command of docs/operations.md shows what the page says', async () => {
  expect(examples.length).toBeGreaterThan(20)
  for (const { command, shown } of examples) {
    const said = (await run(command)).trimEnd()
    const wanted = shown === '' ? /^$/ : patternOf(shown)
    const fits = wanted.test(said === '' ? '' : `${said}\n`)
    expect({ command, said: fits ? shown : said }).toEqual({ command, said: shown })
  }
})
