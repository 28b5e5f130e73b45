import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { systemClock, until } from '../../src/clock.ts'

setDefaultTimeout(60_000)

const binary = join(import.meta.dir, '../../dist/meshbox')
const dir = mkdtempSync(join(tmpdir(), 'mb-complete-'))
const bin = join(dir, 'bin')
const agent = { stop: () => {} }

beforeAll(() => {
  mkdirSync(bin)
  symlinkSync(binary, join(bin, 'meshbox'))
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = Bun.spawnSync([binary, 'completion', shell])
    writeFileSync(join(dir, shell), stdout)
  }
  // What an agent answers: the script asks for no more than this.
  const service = (name: string) => ({ name, state: 'ready' })
  const server = Bun.serve({
    unix: join(dir, 'meshbox.sock'),
    routes: {
      '/v1/status': Response.json({
        machines: [{ services: [service('marathon'), service('mesos-agent')] }],
      }),
      '/v1/members': Response.json([{ name: 'worker-7', address: '10.0.0.7', status: 'alive' }]),
      '/v1/config/history': Response.json([{ version: 12, how: 'set dns.ttl' }]),
    },
  })
  agent.stop = () => void server.stop(true)
})
afterAll(() => {
  agent.stop()
  rmSync(dir, { recursive: true, force: true })
})

const shells: Record<string, { argv: string[]; setUp: string }> = {
  bash: { argv: ['bash', '--norc', '--noprofile', '-i'], setUp: `source ${join(dir, 'bash')}` },
  zsh: {
    argv: ['zsh', '-f', '-i'],
    setUp: `autoload -U compinit; compinit -u -D; source ${join(dir, 'zsh')}`,
  },
  fish: { argv: ['fish', '--no-config', '-i'], setUp: `source ${join(dir, 'fish')}` },
}

/** What a shell makes of a line that somebody begins and lets it complete. */
async function completed(shell: string, begun: string): Promise<string> {
  const { argv, setUp } = shells[shell] ?? { argv: [], setUp: '' }
  let seen = ''
  const child = Bun.spawn(argv, {
    cwd: dir,
    env: { PATH: `${bin}:${process.env.PATH}`, TERM: 'xterm', HOME: dir, PS1: '> ' },
    terminal: { cols: 200, rows: 50, data: (_, data) => (seen += data.toString()) },
  })
  child.terminal?.write(`${setUp}\n`)
  // Home, and the line becomes the argument of an echo.
  child.terminal?.write(`${begun}\t\u0001echo "@\u0005@"\n`)
  const line = await until(
    systemClock,
    { everyMs: 50, timeoutMs: 20_000 },
    () => /^\r*@([^@]*)@\r*$/m.exec(stripVTControlCharacters(seen))?.[1],
  )
  child.kill('SIGKILL')
  await child.exited
  child.terminal?.close()
  if (line === undefined) throw new Error(`${shell} shows nothing: ${JSON.stringify(seen)}`)
  return line
}

const at = `--data-dir ${dir}`
const lines: [string, string][] = [
  ['meshbox mainten', 'meshbox maintenance '],
  ['meshbox config hist', 'meshbox config history '],
  ['meshbox status --wa', 'meshbox status --watch '],
  ['meshbox config set dns.tt', 'meshbox config set dns.ttl='],
  ['meshbox config set dns.httpOn=f', 'meshbox config set dns.httpOn=false '],
  ['meshbox config get zookeeper.tickT', 'meshbox config get zookeeper.tickTime '],
  [`meshbox service stop ${at} mara`, `meshbox service stop ${at} marathon `],
  [`meshbox logs ${at} --node wor`, `meshbox logs ${at} --node worker-7 `],
  [`meshbox config rollback ${at} 1`, `meshbox config rollback ${at} 12 `],
  ['meshbox config apply ba', 'meshbox config apply bash '],
]

describe.each(Object.keys(shells))('%s', (shell) => {
  test.concurrent.each(lines)('%s', async (begun, wanted) => {
    expect((await completed(shell, begun)).trimEnd()).toBe(wanted.trimEnd())
  })
})
