import { expect } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'bun'
import { blocksOf, hasFolder, patternOf, wordsOf } from '../documented.ts'
import { binary, type Place } from './machine.ts'

type Shown = { command: string; shown: string }

/** The commands of a page of docs/ in their order, each with what is shown below it. */
export function examplesOf(name: string): Shown[] {
  return blocksOf(`docs/${name}`).flatMap(({ examples }) =>
    examples.flatMap(({ command, shown }) => (shown === undefined ? [] : [{ command, shown }])),
  )
}

/** Runs each at a place, and compares. `translate` makes words of the page those of the place. */
export async function runExamples(
  examples: Shown[],
  place: Place,
  translate: (text: string) => string = (text) => text,
): Promise<void> {
  for (const { command, shown } of examples) {
    // On the pages all stands in the usual places.
    const said = (await runExample(translate(command), place))
      .replaceAll(` --data-dir ${place.dataDir}`, '')
      .trimEnd()
    const wanted = shown === '' ? /^$/ : patternOf(translate(shown))
    const fits = wanted.test(said === '' ? '' : `${said}\n`)
    expect({ command, said: fits ? shown : said }).toEqual({ command, said: shown })
  }
}

async function runExample(command: string, place: Place): Promise<string> {
  if (!command.startsWith('meshbox ')) return $`sh -c ${command}`.cwd(place.dir).text()
  const { words: whole, file } = wordsOf(command)
  const words = whole.slice(1)
  const at = hasFolder(words) ? ['--data-dir', place.dataDir] : []
  if (file === undefined) {
    const both = ['sh', '-c', 'exec "$@" 2>&1', 'sh', binary, ...words, ...at]
    return $`${both}`.cwd(place.dir).nothrow().text()
  }
  const { out, err } = await place.meshbox(...words, ...at)
  writeFileSync(join(place.dir, file), out)
  return err
}
