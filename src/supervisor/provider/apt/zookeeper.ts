import { MeshboxError } from '../../../error.ts'
import { aptGet } from './get.ts'

/** What must be installed for ZooKeeper, as Debian calls it. `zookeeperd`, which starts a daemon, is not wanted. */
const packages = ['zookeeper', 'default-jre-headless']
const command = `apt-get install --no-install-recommends ${packages.join(' ')}`

/**
 * Installs ZooKeeper from Debian, as root; says first that it does, for it changes more than meshbox's own folder.
 * @param lacking what was not found: `java`, `zookeeper`
 * @throws MeshboxError `not-installed` with the command that mends it, when it cannot be installed from here
 */
export async function installZooKeeper(
  lacking: string,
  { root, note }: { root: boolean; note: (line: string) => void },
): Promise<void> {
  const apt = Bun.which('apt-get')
  if (!root || !apt) {
    throw new MeshboxError({
      code: 'not-installed',
      message: `cannot start: ZooKeeper is to run here, and ${lacking} is not installed`,
      hint: apt
        ? `run \`sudo ${command}\``
        : `install ${packages.join(' and ')} with this system's own packages`,
    })
  }
  note(`Installing ${packages.join(' and ')} with apt-get …`)
  const install = () => aptGet(['--no-install-recommends', 'install', ...packages])
  const first = await install()
  if (first === undefined) return
  // A machine that has never asked for the lists knows no package.
  const problem = (await aptGet(['update'])) ?? (await install())
  if (problem === undefined) return
  throw new MeshboxError({
    code: 'apt-failed',
    message: `cannot install ${packages.join(' and ')}: ${problem}`,
    hint: `run \`${command}\` and mend what it says`,
  })
}
