import { exitCode } from '../../../error.ts'
import { writeKeyFile } from '../../key/file.ts'
import { keyId, newKey } from '../../key/key.ts'
import type { Run } from '../command.ts'

export const make: Run = async (input, screen) => {
  const key = newKey((bytes) => crypto.getRandomValues(bytes))
  const file = input.text('out')
  if (file === undefined) screen.print(key)
  else {
    writeKeyFile(file, key)
    screen.note(`Wrote key ${keyId(key)} to ${file}. Next: meshbox join … --key-file ${file}`)
  }
  return exitCode.ok
}
