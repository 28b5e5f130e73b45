import { MeshboxError } from '../../error.ts'
import type { Log } from '../../log.ts'
import { self } from '../../version.ts'
import type { Upgrades } from '../api/upgrade.ts'
import { ownInstallation } from '../installation/installation.ts'
import type { Folders } from '../local/folders.ts'
import { readUpgrade, writeUpgrade } from './report.ts'

/** Has the command line do it in a session of its own: the agent is to end on the way. */
export function openUpgrades(folders: Folders, log: Log): Upgrades {
  return {
    begin({ version, source, timeoutSeconds }) {
      ownInstallation('upgrade')
      const { state, to } = readUpgrade(folders.state)
      if (state === 'working')
        throw new MeshboxError({
          code: 'upgrade-running',
          message: `cannot upgrade: this machine is being upgraded to ${to}`,
          hint: 'wait until that is done',
        })
      const place = folders.named === undefined ? [] : ['--data-dir', folders.named]
      const wish = ['--version', version, '--from', source, '--timeout', String(timeoutSeconds)]
      log.info({ version, source }, 'asked to upgrade')
      const child = Bun.spawn([...self, 'upgrade', '--here', ...wish, ...place], {
        cwd: '/',
        detached: true,
        stdio: ['ignore', 'ignore', 'ignore'],
      })
      child.unref()
      writeUpgrade(folders.state, { state: 'working', to: version, pid: child.pid })
    },
    status: () => readUpgrade(folders.state),
  }
}
