import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import type { PackageWish } from '../../../config/packages.ts'
import { MeshboxError } from '../../../error.ts'
import { writeFileAtomic } from '../../../store.ts'
import type { ServiceName } from '../../service/spec.ts'
import type { Provided } from '../choose.ts'
import { findPrograms } from '../find.ts'
import { runToEnd } from '../run.ts'
import { aptGet } from './get.ts'

/** What a package of each program is called, and what it needs besides. */
const usual: Record<ServiceName, { name: string; besides: string[]; units: string[]; daemon?: true }> = {
  zookeeper: { name: 'zookeeper', besides: ['default-jre-headless'], units: ['zookeeper'] },
  'mesos-master': { name: 'mesos', besides: [], units: ['mesos-master', 'mesos-slave'] },
  // Its unit is systemd's to run; without systemd meshbox does.
  docker: { name: 'docker.io', besides: [], units: [], daemon: true },
  'mesos-agent': { name: 'mesos', besides: [], units: ['mesos-master', 'mesos-slave'] },
  marathon: { name: 'marathon', besides: [], units: ['marathon'] },
}

const places = {
  units: '/etc/systemd/system',
  sources: '/etc/apt/sources.list.d',
  keys: '/etc/apt/keyrings',
  policy: '/usr/sbin/policy-rc.d',
}

/** What was done to the machine besides, to be undone when it leaves. */
export type Traces = { files: string[]; held: string[] }

/**
 * Installs a program's Debian package: in the version asked for, which is held then; from a source of its own where one
 * is given. The package starts no daemon: its units are masked, for meshbox runs the program.
 * @throws MeshboxError with apt's own words; the machine is as it was, but for what else apt was able to install
 */
export async function installPackage(
  name: ServiceName,
  wish: PackageWish,
  { root, systemd, doing }: { root: boolean; systemd: boolean; doing: (what: string) => void },
): Promise<{ provided: Provided; traces: Traces }> {
  const own = usual[name]
  const pack = wish.name ?? own.name
  const exact = wish.version === undefined ? pack : `${pack}=${wish.version}`
  if (!root || !Bun.which('apt-get'))
    throw new MeshboxError({
      code: 'apt-root',
      message: `cannot install ${pack}: ${root ? 'there is no apt-get here' : 'only root can'}`,
      hint: root ? 'choose provider archive or docker' : 'run meshbox as root, or install it by hand',
    })
  const source = sourceOf(name, wish)
  const traces: Traces = { files: [], held: [] }
  try {
    for (const [path, text] of Object.entries(source.files)) {
      if (!existsSync(path)) traces.files.push(path)
      writeFileAtomic(path, text)
    }
    for (const unit of own.units) {
      const path = `${places.units}/${unit}.service`
      if (mask(path)) traces.files.push(path)
    }
    const get = () => getPackages([exact, ...own.besides], source.list, doing)
    const problem = await (own.daemon && systemd ? get() : withDaemonsOff(get))
    if (problem !== undefined)
      throw new MeshboxError({
        code: 'apt-install',
        message: `cannot install ${exact}: ${problem}`,
        hint: `\`apt-cache policy ${pack}\` shows the versions that there are`,
      })
    if (wish.version !== undefined && (await runToEnd(['apt-mark', 'hold', pack])).code === 0)
      traces.held.push(pack)
    const command = findPrograms()[name]
    if (command) return { provided: { provider: 'apt', command }, traces }
    throw new MeshboxError({
      code: 'apt-program',
      message: `cannot find ${name} after ${exact} was installed`,
      hint: `look at \`dpkg -L ${pack}\``,
    })
  } catch (error) {
    await undoTraces(traces)
    throw error
  }
}

/** The packages themselves stay. */
export async function undoTraces({ files, held }: Traces): Promise<void> {
  for (const path of files) rmSync(path, { force: true })
  if (held.length > 0) await runToEnd(['apt-mark', 'unhold', ...held])
}

/** What apt complains about; undefined when they are there. */
async function getPackages(
  packages: string[],
  ownList: string | undefined,
  doing: (what: string) => void,
): Promise<string | undefined> {
  const words = ['--no-install-recommends', '--allow-downgrades', '--allow-change-held-packages']
  const install = () => {
    doing(`apt-get install ${packages.join(' ')}`)
    return aptGet([...words, 'install', ...packages])
  }
  const update = (...options: string[]) => {
    doing('apt-get update')
    return aptGet([...options, 'update'])
  }
  // Of this source alone: one of the machine's others that no longer answers is no business of ours.
  if (ownList) {
    const alone = [`Dir::Etc::sourcelist=${ownList}`, 'Dir::Etc::sourceparts=-', 'APT::Get::List-Cleanup=0']
    const options = [...alone, 'APT::Update::Error-Mode=any'].flatMap((option) => ['-o', option])
    return (await update(...options)) ?? install()
  }
  if ((await install()) === undefined) return undefined
  // A machine that has never asked for the lists knows no package.
  return (await update()) ?? install()
}

/**
 * The files of a source of the package's own, where it has one (sources.list(5)). A key is called by its content: apt refuses
 * one source in two lists with two keys, and Mesos's two programs have one source.
 */
function sourceOf(
  name: ServiceName,
  { repository }: PackageWish,
): { list?: string; files: Record<string, string> } {
  if (!repository) return { files: {} }
  const { url, suite, components } = repository
  const digest = createHash('sha256').update(repository.key).digest('hex').slice(0, 12)
  const key = `${places.keys}/meshbox-${digest}.asc`
  const list = `${places.sources}/meshbox-${name}.list`
  // A suite that is a path has no components.
  const words = ['deb', `[signed-by=${key}]`, url, suite, ...(suite.endsWith('/') ? [] : components)]
  return { list, files: { [key]: repository.key, [list]: `${words.join(' ')}\n` } }
}

/** As `systemctl mask` does, which needs a systemd that runs. Whether there was neither a unit of the operator nor a mask. */
function mask(path: string): boolean {
  if (existsSync(path)) return false
  mkdirSync(places.units, { recursive: true })
  symlinkSync('/dev/null', path)
  return true
}

/** policy-rc.d is Debian's own way to keep what a package would start from starting. */
async function withDaemonsOff<T>(run: () => Promise<T>): Promise<T> {
  if (existsSync(places.policy)) return run()
  writeFileAtomic(places.policy, '#!/bin/sh\nexit 101\n', 0o755)
  try {
    return await run()
  } finally {
    rmSync(places.policy, { force: true })
  }
}
