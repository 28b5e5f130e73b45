import { stringify } from 'yaml'
import type { Entry } from '../../../config/document/effective.ts'
import { exitCode } from '../../../error.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import { originTable } from '../../display/origins.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Input, Run } from '../command.ts'
import { readDocument } from '../files.ts'

type Document = { text: string; version: number; problem?: string }

export const show: Run = async (input, screen) => {
  const agent = clientFor(input)
  const node = input.text('node')
  const query = node === undefined ? '' : `?node=${encodeURIComponent(node)}`
  if (input.given('origin')) {
    const entries = await agent.get<Entry[]>(`/v1/config/origins${query}`)
    if (input.given('json')) screen.json(entries)
    else screen.print(originTable(entries, screen))
    return exitCode.ok
  }
  if (input.given('effective') || node !== undefined) {
    const config = await agent.get(`/v1/config/effective${query}`)
    if (input.given('json')) screen.json(config)
    else screen.print(stringify(config).trimEnd())
    return exitCode.ok
  }
  const document = await agent.get<Document>('/v1/config')
  if (input.given('json')) screen.json(document)
  else screen.print(document.text.trimEnd())
  if (document.problem) screen.note(`${screen.paint('red', 'not applied:')} ${document.problem}`)
  return exitCode.ok
}

export const apply: Run = async (input, screen) => {
  const [file = ''] = input.args
  const text = await readDocument(file)
  const agent = clientFor(input)
  const before = await agent.get<Document>('/v1/config')
  if (before.text === text) {
    screen.print(`nothing to change: version ${before.version} is the same`)
    return exitCode.ok
  }
  const { version } = await agent.put<{ version: number }>('/v1/config', { text, version: before.version })
  screen.print(`version ${version} written (it was ${before.version})`)
  return exitCode.ok
}

export const validate: Run = async (input, screen) => {
  const [file = ''] = input.args
  await readDocument(file)
  screen.print('valid')
  return exitCode.ok
}

function clientFor(input: Input): AgentClient {
  return agentClient(foldersAt(input.text('data-dir')))
}
