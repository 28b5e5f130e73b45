import { MeshboxError, messageOf } from '../../error.ts'

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
  const first = await aptGet(apt, 'install')
  if (first === undefined) return
  // A machine that has never asked for the lists knows no package.
  const problem = (await aptGet(apt, 'update')) ?? (await aptGet(apt, 'install'))
  if (problem === undefined) return
  throw new MeshboxError({
    code: 'apt-failed',
    message: `cannot install ${packages.join(' and ')}: ${problem}`,
    hint: `run \`${command}\` and mend what it says`,
  })
}

/** The last line of what it complains about, or undefined when all went well. A lock that somebody holds is waited for. */
async function aptGet(apt: string, verb: 'install' | 'update'): Promise<string | undefined> {
  const words = verb === 'install' ? ['-y', '--no-install-recommends', 'install', ...packages] : ['update']
  try {
    const child = Bun.spawn([apt, '-qq', '-o', 'DPkg::Lock::Timeout=60', ...words], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'pipe',
    })
    const complaints = await new Response(child.stderr).text()
    if ((await child.exited) === 0) return undefined
    return complaints.trim().split('\n').at(-1) || 'apt-get failed without a word'
  } catch (error) {
    return messageOf(error)
  }
}
