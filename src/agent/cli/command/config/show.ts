import { stringify } from 'yaml'
import type { Entry } from '../../../../config/document/effective.ts'
import { readOption } from '../../../../config/document/option.ts'
import { exitCode, MeshboxError } from '../../../../error.ts'
import { originTable, valueText } from '../../../display/origins.ts'
import type { Run } from '../../command.ts'
import { clientFor, forNode, type Present, present, readVersion } from './agent.ts'

export const show: Run = async (input, screen) => {
  const agent = clientFor(input)
  const node = input.text('node')
  const version = readVersion(input)
  if (input.given('origin')) {
    const entries = await agent.get<Entry[]>(`/v1/config/origins${forNode(node)}`)
    if (input.given('json')) screen.json(entries)
    else screen.print(originTable(entries, screen))
    return exitCode.ok
  }
  if (input.given('effective') || node !== undefined) {
    const config = await agent.get(`/v1/config/effective${forNode(node)}`)
    if (input.given('json')) screen.json(config)
    else screen.data(stringify(config).trimEnd())
    return exitCode.ok
  }
  const document: Present =
    version === undefined ? await present(agent) : await agent.get(`/v1/config/history/${version}`)
  if (input.given('json')) screen.json(document)
  else screen.data(document.text.trimEnd())
  if (document.problem) screen.note(`${screen.paint('red', 'not applied:')} ${document.problem}`)
  return exitCode.ok
}

/** The values of options as this machine, or another, has them. */
export const get: Run = async (input, screen) => {
  const options = input.args.map((arg) => readOption(arg).join('.'))
  const entries = await clientFor(input).get<Entry[]>(`/v1/config/origins${forNode(input.text('node'))}`)
  const found = entries.filter(({ path }) =>
    options.some((option) => path === option || path.startsWith(`${option}.`)),
  )
  if (found.length === 0) {
    throw new MeshboxError({
      code: 'option-unset',
      message: `cannot show ${options.join(', ')}: not set, and without a default`,
      hint: `set it with \`meshbox config set ${options[0]}=…\``,
    })
  }
  const [only] = found
  if (input.given('json')) screen.json(found)
  else if (found.length === 1 && only && only.path === options[0]) screen.print(valueText(only.value))
  else screen.print(originTable(found, screen))
  return exitCode.ok
}
