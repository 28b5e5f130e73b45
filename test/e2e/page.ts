import { expect } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'bun'
import { binary, type Place } from './machine.ts'

type Example = { command: string; shown: string }

/** The commands of a page of docs/ in their order, each with what is shown below it. */
export function examplesOf(name: string): Example[] {
  const page = readFileSync(join(import.meta.dir, '../../docs', name), 'utf8')
  return [...page.matchAll(/^```console\n(.*?)^```/gms)].flatMap(([, block = '']) =>
    block
      .split(/^\$ /m)
      .filter((text) => text !== '')
      .map((text) => {
        const [command = '', ...shown] = text.trimEnd().split('\n')
        return { command, shown: shown.join('\n') }
      }),
  )
}

/** Commands that ask no agent have no place to be told. */
const aloneCommands = /^config (validate|explain|schema)/

/** Runs each at a place, and compares. `translate` makes words of the page those of the place. */
export async function runExamples(
  examples: Example[],
  place: Place,
  translate: (text: string) => string = (text) => text,
): Promise<void> {
  for (const { command, shown } of examples) {
    const said = (await runExample(translate(command), place)).trimEnd()
    const wanted = shown === '' ? /^$/ : patternOf(translate(shown))
    const fits = wanted.test(said === '' ? '' : `${said}\n`)
    expect({ command, said: fits ? shown : said }).toEqual({ command, said: shown })
  }
}

async function runExample(command: string, place: Place): Promise<string> {
  const [, line = '', file] = /^meshbox (.*?)(?: > (\S+))?$/.exec(command) ?? []
  if (line === '') return $`sh -c ${command}`.cwd(place.dir).text()
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const at = aloneCommands.test(line) ? [] : ['--data-dir', place.dataDir]
  if (file === undefined) {
    const both = ['sh', '-c', 'exec "$@" 2>&1', 'sh', binary, ...words, ...at]
    return $`${both}`.cwd(place.dir).nothrow().text()
  }
  const { out, err } = await place.meshbox(...words, ...at)
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
