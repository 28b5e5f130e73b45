import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'

/** A Docker engine of the test's own, without a network for containers, and an image with a shell in it. */
export type Engine = {
  dir: string
  /** For DOCKER_HOST. */
  host: string
  image: string
  docker(...words: string[]): { code: number; text: string }
  start(): Promise<void>
  /** Ends the engine; with live-restore its containers go on. */
  stop(): Promise<void>
  remove(): Promise<void>
}

export async function makeEngine(): Promise<Engine> {
  const dir = mkdtempSync(join(tmpdir(), 'mb-docker-'))
  const host = `unix://${dir}/docker.sock`
  let daemon: Bun.Subprocess | undefined
  let containerd: Bun.Subprocess | undefined

  const docker = (...words: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(['docker', ...words], {
      env: { ...process.env, DOCKER_HOST: host },
    })
    return { code: exitCode, text: `${stdout}${stderr}`.trim() }
  }

  async function start(): Promise<void> {
    const log = openSync(join(dir, 'log'), 'a')
    const output = { stdin: 'ignore', stdout: log, stderr: log } as const
    const socket = `${dir}/containerd.sock`
    // By itself, as on a real machine: it is not restarted with the engine.
    containerd ??= Bun.spawn(
      ['containerd', '--root', `${dir}/containerd`, '--state', `${dir}/containerd-run`, '--address', socket],
      output,
    )
    await until(systemClock, { everyMs: 50, timeoutMs: 30_000 }, () => existsSync(socket) || undefined)
    daemon = Bun.spawn(
      [
        ...['dockerd', '-H', host, '--containerd', socket, '--pidfile', `${dir}/pid`],
        ...['--data-root', `${dir}/data`, '--exec-root', `${dir}/exec`],
        ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--live-restore'],
      ],
      output,
    )
    const up = await until(systemClock, { everyMs: 100, timeoutMs: 60_000 }, () =>
      docker('version').code === 0 ? true : undefined,
    )
    if (!up) throw new Error(`dockerd does not come up: ${readFileSync(join(dir, 'log'), 'utf8')}`)
  }

  async function stop(): Promise<void> {
    daemon?.kill('SIGTERM')
    await daemon?.exited
  }

  await start()
  return {
    dir,
    host,
    image: makeImage(dir, docker),
    docker,
    start,
    stop,
    async remove() {
      const left = docker('ps', '--all', '--quiet').text.split('\n').filter(Boolean)
      if (left.length > 0) docker('rm', '--force', ...left)
      await stop()
      containerd?.kill('SIGTERM')
      await containerd?.exited
      unmount(dir)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** What the engine has left mounted. */
export function unmount(dir: string): void {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  for (const path of mounts.filter((path) => path.startsWith(dir)).reverse())
    Bun.spawnSync(['umount', '--lazy', path])
}

/** busybox and the libraries that it is linked with are a whole system. */
export function makeImage(dir: string, docker: Engine['docker']): string {
  const root = join(dir, 'root')
  for (const folder of ['bin', 'tmp', 'proc', 'sys', 'dev', 'etc'])
    mkdirSync(join(root, folder), { recursive: true })
  const busybox = Bun.which('busybox') ?? ''
  copyFileSync(busybox, join(root, 'bin/busybox'))
  for (const library of Bun.spawnSync(['ldd', busybox]).stdout.toString().match(/\/\S+/g) ?? []) {
    mkdirSync(dirname(join(root, library)), { recursive: true })
    copyFileSync(library, join(root, library))
  }
  for (const applet of ['sh', 'sleep', 'cat', 'echo', 'kill', 'ls'])
    symlinkSync('busybox', join(root, 'bin', applet))
  const file = join(dir, 'image.tar')
  Bun.spawnSync(['tar', '-cf', file, '-C', root, '.'])
  const { code, text } = docker('import', file, 'test/program:1')
  if (code !== 0) throw new Error(text)
  return 'test/program:1'
}
