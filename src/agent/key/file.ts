import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { messageOf, misuse } from '../../error.ts'
import { readKey } from './key.ts'

const mostBytes = 4096

/**
 * The key in a file that only its owner can read, and that belongs to who runs this.
 * @throws MeshboxError (exit 2) otherwise, with the command that mends it
 */
export function readKeyFile(path: string): string {
  return readKey(readPrivateFile(path), path)
}

/**
 * The text of a file with something secret in it.
 * @throws MeshboxError (exit 2) when others may read or have written it
 */
export function readPrivateFile(path: string): string {
  const file = opened(path)
  try {
    const about = fstatSync(file)
    const { mode, uid, size } = about
    const fault = faultOf({ mode, uid, size, file: about.isFile() }, process.getuid?.() ?? uid, path)
    if (fault) throw misuse('key-file', `cannot use ${path}: ${fault.why}`, fault.hint)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

function opened(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) // a FIFO must not hold us up
  } catch (cause) {
    throw misuse('key-file', `cannot read ${path}: ${messageOf(cause)}`, 'check the path')
  }
}

/** What is wrong with a file that is to hold a secret, if anything. `user` is who runs this. */
export function faultOf(
  { mode, uid, size, file }: { mode: number; uid: number; size: number; file: boolean },
  user: number,
  path: string,
): { why: string; hint: string } | undefined {
  if (!file) return { why: 'it is no file', hint: 'name the file that `meshbox key new --out` wrote' }
  if (uid !== user) return { why: `it belongs to another user (uid ${uid})`, hint: `chown ${user} ${path}` }
  if ((mode & 0o077) !== 0) {
    const open = (mode & 0o777).toString(8).padStart(4, '0')
    return { why: `others may use it too (mode ${open})`, hint: `chmod 600 ${path}` }
  }
  if (size > mostBytes) return { why: `it has ${size} bytes`, hint: 'name a file with the key alone' }
  return undefined
}

/**
 * Writes a key, or a token, to a file that is not there yet.
 * @throws MeshboxError (exit 2) when it is, or cannot be made
 */
export function writeSecretFile(path: string, secret: string): void {
  try {
    writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    throw misuse(
      'key-file',
      `cannot write ${path}: ${messageOf(cause)}`,
      'name a file that is not there yet; none is overwritten',
    )
  }
}
