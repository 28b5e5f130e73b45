import { rmdirSync, rmSync } from 'node:fs'
import { writeFileAtomic } from '../../store.ts'
import { runToEnd } from '../../supervisor/provider/run.ts'

const folderOf = (unit: string) => `/etc/systemd/system/${unit}.d`
const fileOf = (unit: string) => `${folderOf(unit)}/50-meshbox.conf`

/**
 * systemd neither starts it again nor at the next boot, and ends nothing when its program does. A mask would do the first, and
 * the opposite of the last: without its file a unit is ended with all that runs in its control group, executors of tasks too.
 */
const heldOff = `# Written by meshbox adopt; \`meshbox adopt --undo\` and \`meshbox leave\` take it away.
[Unit]
ConditionPathExists=/never/meshbox-runs-it

[Service]
Restart=no
KillMode=process
`

/** Keeps a unit from starting, and from ending what runs in it. */
export function holdUnit(unit: string): void {
  writeFileAtomic(fileOf(unit), heldOff)
}

export function releaseUnit(unit: string): void {
  rmSync(fileOf(unit), { force: true })
  try {
    rmdirSync(folderOf(unit))
  } catch {
    // Others have something in it.
  }
}

export async function reloadUnits(): Promise<void> {
  await runToEnd(['systemctl', 'daemon-reload'])
}

/** @returns what systemd complains about; undefined when it has started */
export async function startOldUnit(unit: string): Promise<string | undefined> {
  const { code, complaints } = await runToEnd(['systemctl', 'start', unit])
  return code === 0 ? undefined : complaints.trim()
}
