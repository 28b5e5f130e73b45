import { documentJsonSchema } from '../../../../config/document/json-schema.ts'
import { readOption } from '../../../../config/document/option.ts'
import { charmNames, charmPlace } from '../../../../config/import/charm.ts'
import { aboutOption } from '../../../../config/option/about.ts'
import { type Option, optionAt, optionsIn } from '../../../../config/option/walk.ts'
import { documentSchema } from '../../../../config/schema.ts'
import { exitCode } from '../../../../error.ts'
import { optionTable, optionText } from '../../../display/option.ts'
import type { Run } from '../../command.ts'

/** What an option is, or each option of a section; names of the charm are known too. */
export const explain: Run = async (input, screen) => {
  const [name] = input.args
  const place = name === undefined ? undefined : charmPlace(name)
  const note =
    place &&
    (`why` in place
      ? `${name} of the charm: ${place.why}`
      : `${name} of the charm is ${place.path.join('.')}`)
  const found = findOptions(name, place)
  const [only] = found
  const single =
    found.length === 1 && only ? { ...aboutOption(only), charm: charmNames(only.path) } : undefined
  if (input.given('json')) {
    screen.json(single ?? { ...(note ? { note } : {}), options: found.map(aboutOption) })
    return exitCode.ok
  }
  if (note && single?.option !== name) screen.print(note)
  if (note && found.length > 0) screen.print('')
  if (single) screen.print(optionText(single, screen))
  else if (found.length > 0) screen.print(optionTable(found.map(aboutOption), screen))
  return exitCode.ok
}

/** @throws MeshboxError (exit 2) with the nearest name for what is not known */
function findOptions(name: string | undefined, place: ReturnType<typeof charmPlace>): Option[] {
  const all = optionsIn(documentSchema)
  if (name === undefined) return all
  if (place && 'why' in place) return all.filter(({ path }) => path[0] === name)
  const path = place ? place.path : readOption(name)
  const option = optionAt(documentSchema, path)
  return option ? [option] : all.filter((each) => path.every((key, index) => each.path[index] === key))
}

/** For editors: `# yaml-language-server: $schema=…`. */
export const schema: Run = async (_, screen) => {
  screen.json(documentJsonSchema())
  return exitCode.ok
}
