import type { Edit } from '../../../../config/document/edit.ts'
import { readValue } from '../../../../config/document/option.ts'
import type { Written } from '../../../../config/document/shared.ts'
import { exitCode, misuse } from '../../../../error.ts'
import type { Input, Run } from '../../command.ts'
import { author, clientFor, present, tellWritten } from './agent.ts'
import { readLayer } from './layer.ts'
import { namedOption } from './named.ts'

export const set: Run = async (input, screen) => {
  const layer = readLayer(input)
  const edits = input.args.map((arg): Edit => {
    const equals = arg.indexOf('=')
    if (equals < 1)
      throw misuse('value-missing', `cannot set "${arg}": it has no value`, `write ${arg}=VALUE`)
    const value = arg.slice(equals + 1)
    const path = [...layer, ...namedOption(arg.slice(0, equals), value)]
    return { path, value: readValue(path, value) }
  })
  return change('set', edits, input, screen)
}

export const unset: Run = (input, screen) => {
  const layer = readLayer(input)
  const edits = input.args.map((arg): Edit => ({ path: [...layer, ...namedOption(arg)] }))
  return change('unset', edits, input, screen)
}

async function change(verb: string, edits: Edit[], input: Input, screen: Parameters<Run>[1]) {
  const agent = clientFor(input)
  const before = await present(agent)
  const how = `${verb} ${edits.map(({ path }) => path.join('.')).join(' ')}`
  const written = await agent.post<Written>('/v1/config/edits', { edits, author: author(input, how) })
  if (input.given('json')) screen.json(written)
  else tellWritten(written, before.version, screen)
  return exitCode.ok
}
