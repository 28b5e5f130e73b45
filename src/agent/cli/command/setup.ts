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
import { unitFiles } from '../../unit/systemd.ts'
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
  const units = await unitFiles(installation.prefix)
  const files = [...filesBeside(installation), ...units.filter(({ fate }) => fate !== 'edited')]
  const { root, systemd } = machineFacts()
  if (putBeside(installation, files, source) && root && systemd) await reloadUnits()
  for (const { path } of units.filter(({ fate }) => fate === 'edited'))
    process.stderr.write(
      `${path} stays as somebody has changed it: a drop-in (systemctl edit meshbox) would stay too\n`,
    )
  return exitCode.ok
}

/** Each where its shell or man looks for it. */
export function filesBeside({ prefix }: Installation): Beside[] {
  return [
    { path: join(prefix, 'share/bash-completion/completions/meshbox'), text: completionFor('bash') },
    { path: join(prefix, 'share/zsh/site-functions/_meshbox'), text: completionFor('zsh') },
    { path: join(prefix, 'share/fish/vendor_completions.d/meshbox.fish'), text: completionFor('fish') },
    ...manPages().map(({ name, text }) => ({ path: join(prefix, 'share/man/man1', name), text })),
  ].map(({ path, text }) => ({ path, text: text.endsWith('\n') ? text : `${text}\n` }))
}
