import { join } from 'node:path'
import { type ExitCode, exitCode, misuse } from '../../../error.ts'
import {
  type Beside,
  type Installation,
  ownInstallation,
  putBeside,
} from '../../installation/installation.ts'
import { machineFacts } from '../../local/machine.ts'
import { reloadUnits } from '../../takeover/units.ts'
import { ownUnit, packagedUnit } from '../../unit/systemd.ts'
import { manPages } from '../man.ts'
import { completionFor } from './completion.ts'

/**
 * `meshbox setup SOURCE`, for install.sh and `meshbox upgrade`: puts beside the binary what belongs to it. No line of the
 * table, for it is nothing for people.
 */
export async function setup([source, ...rest]: string[]): Promise<ExitCode> {
  if (source === undefined || rest.length > 0)
    throw misuse('setup', 'cannot set up: exactly one argument is wanted, where the release came from')
  const installation = ownInstallation('set up')
  const files = await filesBeside(installation)
  const { root, systemd } = machineFacts()
  if (putBeside(installation, files, source) && root && systemd) await reloadUnits()
  return exitCode.ok
}

/** Each where its shell, man or systemd looks for it. */
export async function filesBeside({ prefix }: Installation): Promise<Beside[]> {
  const unit = packagedUnit(prefix)
  return [
    { path: join(prefix, 'share/bash-completion/completions/meshbox'), text: completionFor('bash') },
    { path: join(prefix, 'share/zsh/site-functions/_meshbox'), text: completionFor('zsh') },
    { path: join(prefix, 'share/fish/vendor_completions.d/meshbox.fish'), text: completionFor('fish') },
    ...manPages().map(({ name, text }) => ({ path: join(prefix, 'share/man/man1', name), text })),
    ...(unit === undefined ? [] : [{ path: unit, text: await ownUnit() }]),
  ].map(({ path, text }) => ({ path, text: text.endsWith('\n') ? text : `${text}\n` }))
}
