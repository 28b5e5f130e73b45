import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dir, '../..')
const kept = join(root, '.meshbox/debian')
/** What a machine from Debian's installer has beside the smallest system. */
const packages = ['systemd', 'systemd-sysv', 'dbus', 'iproute2', 'procps', 'ca-certificates']

const codename = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'bookworm'

/** An empty Debian of this machine's own release; made once and kept in the clone. Nothing is ever written to it. */
export async function emptyDebian(): Promise<string> {
  const folder = join(kept, codename)
  if (existsSync(folder)) return folder
  mkdirSync(kept, { recursive: true })
  const draft = join(kept, `making-${process.pid}`)
  const made = Bun.spawn(
    ['mmdebstrap', '--quiet', '--variant=minbase', `--include=${packages.join(',')}`, codename, draft],
    { stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' },
  )
  if ((await made.exited) !== 0) {
    rmSync(draft, { recursive: true, force: true })
    throw new Error('mmdebstrap failed')
  }
  rmSync(join(draft, 'etc/apt/sources.list.d'), { recursive: true, force: true })
  rmSync(join(draft, 'var/lib/apt/lists'), { recursive: true, force: true })
  renameSync(draft, folder)
  return folder
}

export type Mirror = { url: string; release: string; debian: string; close(): Promise<void> }

/** Serves the folder of a release, and Debian's archive; what was fetched of that once is kept. */
export function serveMirror(hostname: string, release: () => string): Mirror {
  const server = Bun.serve({
    hostname,
    port: 0,
    idleTimeout: 120,
    async fetch(request) {
      const [, part = '', ...rest] = new URL(request.url).pathname.split('/')
      const path = rest.join('/')
      if (part === 'release') {
        const file = join(release(), path)
        return existsSync(file) ? new Response(Bun.file(file)) : new Response('', { status: 404 })
      }
      return debianFile(path)
    },
  })
  const url = `http://${hostname}:${server.port}`
  return { url, release: `${url}/release`, debian: `${url}/debian`, close: () => server.stop(true) }
}

/** Where this machine's own packages come from. */
function archive(): string {
  const { stdout } = Bun.spawnSync(['apt-get', 'indextargets', '--format', '$(RELEASE) $(REPO_URI)'])
  const own = stdout
    .toString()
    .split('\n')
    .map((line) => line.split(' '))
    .find(([release]) => release === codename)
  if (!own?.[1]) throw new Error(`apt names no source of ${codename}`)
  return own[1]
}

/** Packages never change; lists do. */
async function debianFile(path: string): Promise<Response> {
  const file = join(kept, 'packages', path.replaceAll('/', '+'))
  if (existsSync(file)) return new Response(Bun.file(file))
  const answer = await fetch(`${archive()}${path}`)
  if (!answer.ok || !path.endsWith('.deb'))
    return new Response(await answer.bytes(), { status: answer.status })
  const bytes = await answer.bytes()
  mkdirSync(join(kept, 'packages'), { recursive: true })
  writeFileSync(`${file}.part`, bytes)
  renameSync(`${file}.part`, file)
  return new Response(bytes)
}

/** Its sources of packages are that mirror alone. */
export const sourcesFor = ({ debian }: Mirror) => `deb ${debian} ${codename} main\n`
