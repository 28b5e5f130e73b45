import { existsSync, readFileSync, rmSync } from 'node:fs'
import { MeshboxError } from '../../error.ts'
import { writeFileAtomic } from '../../store.ts'
import { self } from '../../version.ts'
import type { Folders } from '../local/folders.ts'
import { machineFacts } from '../local/machine.ts'
import { fateOf, unitText } from './text.ts'

const unit = 'meshbox.service'
const path = `/etc/systemd/system/${unit}`
/** Where systemd looks for units that came with programs (systemd.unit(5)). */
const packagedIn = ['/usr/local', '/usr']

/** Whether systemd is to run the agent: it does for the machine's own, and for none in a folder of its own. */
export function isUnitWanted(folders: Folders): boolean {
  const { root, systemd } = machineFacts()
  return root && systemd && folders.named === undefined
}

/**
 * Writes the unit, has it started at each boot, and starts it now. Returns when the agent answers.
 * @throws MeshboxError with the agent's last words when it does not
 */
export async function startUnit(): Promise<void> {
  const text = await ownUnit()
  // The one in /etc counts before one that was installed with meshbox.
  const present = [path, ...packagedIn.flatMap((prefix) => packagedUnit(prefix) ?? [])].find(existsSync)
  if (fateOf(read(present), text) === 'outdated') {
    writeFileAtomic(path, text)
    await systemctl('daemon-reload')
  }
  const problem = (await systemctl('enable', '--quiet', unit)) ?? (await systemctl('start', unit))
  if (problem === undefined) return
  const words = await outputOf([
    'journalctl',
    '--unit',
    unit,
    '--lines',
    '5',
    '--output',
    'cat',
    '--no-pager',
  ])
  throw new MeshboxError({
    code: 'unit-start',
    message: `cannot start the agent: ${[problem, words.text].join('\n').trim()}`,
    hint: `look at it with \`journalctl -u ${unit}\``,
  })
}

/** The unit that runs this very binary. */
async function ownUnit(): Promise<string> {
  const version = /^systemd (\d+)/.exec((await outputOf(['systemctl', '--version'])).text)?.[1]
  return unitText(self, Number(version ?? 0))
}

export type UnitFile = { path: string; text: string; fate: ReturnType<typeof fateOf> }

/** The files with the unit of this binary, there or to be, below that prefix and in /etc: as they should be. */
export async function unitFiles(prefix: string): Promise<UnitFile[]> {
  const text = await ownUnit()
  const start = /^ExecStart=.*$/m.exec(text)?.[0] ?? ''
  // That of another meshbox is that one's own.
  const own = read(path)?.split('\n').includes(start) ? [path] : []
  return [packagedUnit(prefix) ?? [], own]
    .flat()
    .map((file) => ({ path: file, text, fate: fateOf(read(file), text) }))
}

/** Where the unit of a meshbox below that prefix lies; undefined where systemd would not find it. */
function packagedUnit(prefix: string): string | undefined {
  return packagedIn.includes(prefix) ? `${prefix}/lib/systemd/system/${unit}` : undefined
}

const read = (file: string | undefined) =>
  file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined

/** The agent ends and is started anew; its programs go on. @returns what systemd complains about */
export const restartUnit = (): Promise<string | undefined> => systemctl('restart', unit)

/** The agent ends; its programs go on. */
export async function stopUnit(): Promise<void> {
  await systemctl('stop', unit)
}

/** Takes away what `startUnit` has made; a unit that was installed with meshbox stays, and is not started any more. */
export async function removeUnit(): Promise<void> {
  await systemctl('disable', '--quiet', unit)
  if (!existsSync(path)) return
  rmSync(path)
  await systemctl('daemon-reload')
}

/** Tells systemd that the agent answers, where it was started by it. */
export async function tellReady(): Promise<void> {
  if (process.env.NOTIFY_SOCKET) await outputOf(['systemd-notify', '--ready'])
}

/** Whether the whole machine is going down, and not the agent alone. */
export async function isMachineStopping(): Promise<boolean> {
  if (!machineFacts().systemd) return false
  return (await outputOf(['systemctl', 'is-system-running'])).text.trim() === 'stopping'
}

/** What it complains about; undefined when all went well. */
async function systemctl(...argv: string[]): Promise<string | undefined> {
  const { code, text } = await outputOf(['systemctl', ...argv])
  return code === 0 ? undefined : text.trim() || `systemctl ${argv[0]} ended with ${code}`
}

async function outputOf(argv: string[]): Promise<{ code: number; text: string }> {
  if (!Bun.which(argv[0] ?? '')) return { code: 127, text: `${argv[0]} is not installed` }
  const child = Bun.spawn(argv, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, complaints] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  return { code: await child.exited, text: out + complaints }
}
