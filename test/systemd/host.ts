import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Status } from '../../src/agent/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import { statusAt } from '../status.ts'

const compiled = join(import.meta.dir, '../../dist/meshbox')

type Ended = { code: number; out: string; err: string }

/**
 * A machine with a real systemd: a container on a throw-away layer above this machine's own files, with a loopback network
 * of its own and meshbox in /usr/local/bin. `etc` lies over its /etc.
 */
export type Host = {
  /** Runs a command line in the machine, to its end. */
  run(...argv: string[]): Promise<Ended>
  /** Like `run`; throws what it says when it fails. */
  must(...argv: string[]): Promise<string>
  status(): Promise<Status | undefined>
  waitFor(what: string, wanted: (status: Status) => boolean): Promise<Status>
  /** Of its systemd, as it is known outside. */
  pid(): number
  /** A file of the machine, as it is now; undefined when there is none. It can be read while the machine is off. */
  read(path: string): string | undefined
  write(path: string, content: string | Buffer): void
  /** Shuts it down in order. */
  powerOff(): Promise<void>
  boot(): Promise<void>
  remove(): Promise<void>
}

/** Units of the real machine that are no business of the container; nobody configures a network there, to wait for. */
const foreign = [
  ...['ssh', 'cron', 'docker', 'containerd', 'zookeeper', 'nsd', 'prometheus', 'serf', 'networking'],
  ...['systemd-networkd', 'systemd-networkd-wait-online', 'systemd-firstboot', 'postgresql'],
]

/** @param debian a root to stand on in place of this machine's own, as empty as it is */
export async function makeHost(debian?: string): Promise<Host> {
  const disk = mkdtempSync(join(tmpdir(), 'mbs-'))
  const [upper, work, root] = ['upper', 'work', 'root'].map((name) => join(disk, name)) as [
    string,
    string,
    string,
  ]
  command('mount', '-t', 'tmpfs', 'none', disk)
  for (const folder of [upper, work, root]) mkdirSync(folder)
  command(
    'mount',
    '-t',
    'overlay',
    'none',
    '-o',
    `lowerdir=${debian ?? '/'},upperdir=${upper},workdir=${work}`,
    root,
  )
  if (debian === undefined) {
    mkdirSync(join(root, 'usr/local/bin'), { recursive: true })
    copyFileSync(compiled, join(root, 'usr/local/bin/meshbox'))
  }
  mkdirSync(join(root, 'etc/systemd/system'), { recursive: true })
  for (const unit of debian === undefined ? foreign : []) {
    const path = join(root, 'etc/systemd/system', `${unit}.service`)
    rmSync(path, { force: true })
    command('ln', '-s', '/dev/null', path)
  }
  rmSync(join(root, 'etc/machine-id'), { force: true })
  // Images for containers have one, which would keep every daemon of the machine off.
  rmSync(join(root, 'usr/sbin/policy-rc.d'), { force: true })
  writeFileSync(join(root, 'etc/hostname'), 'host\n')

  let container: Bun.Subprocess | undefined
  /** The systemd of the container, as it is known outside. */
  let init: number | undefined

  async function boot(): Promise<void> {
    const console = join(disk, 'console.txt')
    const started = Bun.spawn(
      [
        'systemd-nspawn',
        ...['--directory', root, '--machine', 'host', '--register=no', '--keep-unit', '--quiet'],
        ...['--private-network', '--console=pipe', '--tmpfs=/tmp', '--capability=all'],
        ...['/lib/systemd/systemd', '--unit=multi-user.target'],
      ],
      { stdin: 'ignore', stdout: Bun.file(console), stderr: Bun.file(console) },
    )
    container = started
    const up = await until(systemClock, { everyMs: 100, timeoutMs: 60_000 }, async () => {
      if (started.exitCode !== null) throw new Error(readFileSync(console, 'utf8'))
      init ??= systemdBelow(started.pid)
      if (init === undefined) return undefined
      const { out } = await run('systemctl', 'is-system-running')
      return ['running', 'degraded'].includes(out.trim()) || undefined
    })
    if (!up) throw new Error(`systemd does not come up: ${readFileSync(console, 'utf8')}`)
  }

  async function run(...argv: string[]): Promise<Ended> {
    const child = Bun.spawn(['nsenter', '-t', String(init), '-a', '--', ...argv], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      env: { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', NO_COLOR: '1' },
    })
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    return { code, out, err }
  }

  async function powerOff(): Promise<void> {
    await run('systemctl', 'poweroff', '--no-block')
    await container?.exited
    init = undefined
  }

  const status = () => statusAt(`/proc/${init}/root/run/meshbox.sock`)

  await boot()
  return {
    run,
    boot,
    powerOff,
    pid: () => init ?? 0,
    status,
    async must(...argv) {
      const { code, out, err } = await run(...argv)
      if (code !== 0) throw new Error(`${argv.join(' ')}: exit ${code}: ${out}${err}`)
      return out
    },
    async waitFor(what, wanted) {
      let last: Status | undefined
      const found = await until(systemClock, { everyMs: 200, timeoutMs: 90_000 }, async () => {
        last = await status()
        return last && wanted(last) ? last : undefined
      })
      if (!found) {
        const words = await run('journalctl', '-n', '40', '--no-pager')
        throw new Error(`gave up waiting for ${what}; last ${JSON.stringify(last, null, 1)}\n${words.out}`)
      }
      return found
    },
    read(path) {
      try {
        return readFileSync(join(root, path), 'utf8')
      } catch {
        return undefined
      }
    },
    write: (path, content) => writeFileSync(join(root, path), content),
    async remove() {
      if (init !== undefined) process.kill(init, 'SIGKILL')
      else container?.kill('SIGTERM')
      await container?.exited
      command('umount', '--lazy', root)
      command('umount', '--lazy', disk)
      rmSync(disk, { recursive: true, force: true })
    },
  }
}

/** systemd-nspawn has helpers besides; the one wanted is known by its name. */
function systemdBelow(parent: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
    const found = children.find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'systemd')
    return found === undefined ? undefined : Number(found)
  } catch {
    return undefined // ended meanwhile
  }
}

function command(...argv: string[]): void {
  const { stderr, exitCode } = Bun.spawnSync(argv)
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr.toString().trim()}`)
}
