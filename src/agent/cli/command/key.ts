import { exitCode, MeshboxError } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import type { KeysAnswer } from '../../api/keys.ts'
import { table } from '../../display/table.ts'
import { working } from '../../display/working.ts'
import { readKeyFile, writeSecretFile } from '../../key/file.ts'
import { keyId, newKey } from '../../key/key.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Input, Run } from '../command.ts'
import type { Screen } from '../screen.ts'

export const make: Run = async (input, screen) => {
  const key = newKey((bytes) => crypto.getRandomValues(bytes))
  const file = input.text('out')
  if (file !== undefined) writeSecretFile(file, key)
  if (input.given('json')) screen.json({ id: keyId(key), ...(file === undefined ? { key } : { file }) })
  else if (file === undefined) screen.data(key)
  else {
    screen.note(`Wrote key ${keyId(key)} to ${file}. Next: meshbox join … --key-file ${file}`)
  }
  return exitCode.ok
}

/** The keys that the machines have, by their names. */
export const list: Run = async (input, screen) => {
  const answer = await agentClient(foldersAt(input.text('data-dir'))).get<KeysAnswer>('/v1/keys')
  if (input.given('json')) screen.json(answer)
  else {
    const of = (count: number) => `${count} of ${answer.members}`
    const rows = answer.keys.map(({ id, machines, primary }) => [id, of(machines), of(primary)])
    screen.print(table(screen, ['KEY', 'MACHINES', 'SEAL WITH IT'], rows))
  }
  return heard(answer, 'list the keys')
}

export const install: Run = (input, screen) => change(input, screen, 'install')
export const use: Run = (input, screen) => change(input, screen, 'use')
export const remove: Run = (input, screen) => change(input, screen, 'remove')

async function change(input: Input, screen: Screen, what: 'install' | 'use' | 'remove') {
  const [named = ''] = input.args
  const body = /^[0-9a-f]{8}$/.test(named) ? { id: named } : { key: readKeyFile(named) }
  const client = agentClient(foldersAt(input.text('data-dir')))
  const asked = client.post<KeysAnswer>(`/v1/keys/${what}`, body)
  const answer = await working(screen, 'telling every machine', asked)
  if (input.given('json')) screen.json(answer)
  return heard(answer, `${what} the key`)
}

/** @throws MeshboxError when a machine did not answer, or could not do it */
function heard({ members, answered, failures }: KeysAnswer, what: string) {
  const why = Object.entries(failures).map(([name, message]) => `${name}: ${message}`)
  if (answered < members) why.push(`${members - answered} of ${members} machines did not answer`)
  if (why.length === 0) return exitCode.ok
  throw new MeshboxError({
    code: 'key-partly',
    message: `cannot ${what} everywhere: ${why.join('; ')}`,
    hint: 'bring those machines back, or `meshbox leave --forget` them, then run it again',
  })
}
