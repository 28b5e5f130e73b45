import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A whole cluster on this machine, shown step by step: an app is deployed through Marathon, found with dig, fetched,
 * killed, and found again. Then it stays up to play with, or ends (`--once`).
 */

const root = join(import.meta.dir, '..')
const binary = join(root, 'dist/meshbox')
const dataDir = process.env.MESHBOX_DEMO_DIR ?? join(root, '.meshbox/demo')
const once = process.argv.includes('--once')
const config = process.argv.includes('--config')
  ? process.argv[process.argv.indexOf('--config') + 1]
  : undefined
const waitMs = 120_000

const say = (text = '') => process.stdout.write(`${text}\n`)
const step = (text: string) => say(`\n== ${text}`)

function fail(why: string): never {
  throw new Error(`the demo failed: ${why}`)
}

/** Shows a command and what it prints. */
function show(...command: string[]): string {
  say(`$ ${command.map((word) => (/[^\w@.:/=+-]/.test(word) ? `'${word}'` : word)).join(' ')}`)
  const { stdout, exitCode } = Bun.spawnSync(command, { stderr: 'inherit' })
  const text = stdout.toString().trim()
  say(text)
  if (exitCode !== 0) fail(`${command[0]} ended with ${exitCode}`)
  return text
}

async function eventually<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + waitMs
  while (performance.now() < deadline) {
    const found = await check()
    if (found !== undefined) return found
    await Bun.sleep(200)
  }
  return fail(`gave up waiting for ${what}`)
}

type Machine = {
  services: { name: string; address: string; simulated: boolean }[]
  dns: { address: string; domain: string }
}

function readyMachine(): Machine | undefined {
  const { stdout, exitCode } = Bun.spawnSync([binary, 'status', '--json', '--data-dir', dataDir], {
    stderr: 'ignore',
  })
  if (exitCode !== 0) return undefined
  const status: { ready: boolean; machines: Machine[] } = JSON.parse(stdout.toString())
  return status.ready ? status.machines[0] : undefined
}

const dev = Bun.spawn([binary, 'dev', '--data-dir', dataDir, ...(config ? ['--config', config] : [])], {
  stdin: 'ignore',
  stdout: 'inherit',
  stderr: 'inherit',
})
const end = async () => {
  if (dev.exitCode === null) dev.kill('SIGTERM')
  return dev.exited
}
process.on('SIGTERM', () => void end())
process.on('SIGINT', () => {}) // the terminal sends it to dev as well, which ends everything

try {
  const machine = await eventually('the cluster', async () => {
    if (dev.exitCode !== null) fail(`meshbox dev ended with ${dev.exitCode}`)
    return readyMachine()
  })
  await play(machine)
  if (once) {
    step('Done; ending all of it')
    process.exitCode = await end()
  } else {
    step('The cluster stays up. Ctrl-C ends it.')
    process.exitCode = await dev.exited
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  await end()
  process.exitCode = 1
}

async function play({ services, dns }: Machine): Promise<void> {
  const marathon = services.find(({ name }) => name === 'marathon')?.address ?? fail('no Marathon')
  const [host = '', port = ''] = dns.address.split(':')
  const dig = (name: string, type: string, ...more: string[]) => [
    'dig',
    `@${host}`,
    '-p',
    port,
    name,
    type,
    ...more,
  ]
  const web = `web.marathon.${dns.domain}`
  const srv = `_web._tcp.marathon.${dns.domain}`
  const targets = () =>
    Bun.spawnSync(dig(srv, 'SRV', '+short'))
      .stdout.toString()
      .trim()
      .split('\n')
      .filter((line) => /^\d+ \d+ \d+ \S+$/.test(line))
      .sort()

  step('Deploy a web app with two instances through Marathon')
  const app = '{"id":"/web","cmd":"python3 -m http.server $PORT0","instances":2}'
  say(`$ curl http://${marathon}/v2/apps -H 'Content-Type: application/json' -d '${app}'`)
  const answer = await fetch(`http://${marathon}/v2/apps`, {
    method: 'POST',
    body: app,
    headers: { 'content-type': 'application/json' },
  })
  if (!answer.ok && answer.status !== 409) fail(`Marathon answered ${answer.status}: ${await answer.text()}`)

  step('Find it by name')
  await eventually('two SRV records', async () => (targets().length === 2 ? true : undefined))
  show(...dig(web, 'A', '+noall', '+answer'))
  show(...dig(srv, 'SRV', '+noall', '+answer'))

  step('Fetch the page at the address and port that DNS gave')
  const [first = ''] = targets()
  const [, , taskPort = '', target = ''] = first.split(' ')
  const address = show(...dig(target, 'A', '+short')).split('\n')[0] ?? ''
  const url = `http://${address}:${taskPort}/`
  say(`$ curl ${url}`)
  const page = await eventually('the page', () =>
    fetch(url).then(
      (reply) => reply.text(),
      () => undefined,
    ),
  )
  say(page.trim())

  step(`Kill that task's process; Marathon starts another, and DNS follows`)
  const pid = processWith(`http.server ${taskPort}`) ?? fail(`no process serves port ${taskPort}`)
  say(`$ kill -9 ${pid}`)
  process.kill(pid, 'SIGKILL')
  const killedAt = performance.now()
  await eventually('the new task in DNS', async () => {
    const now = targets()
    return now.length === 2 && !now.includes(first) ? true : undefined
  })
  say(`DNS shows the new task ${((performance.now() - killedAt) / 1000).toFixed(1)} s after the kill:`)
  show(...dig(srv, 'SRV', '+noall', '+answer'))
}

/** The process whose command line ends so. */
function processWith(words: string): number | undefined {
  const found = readdirSync('/proc').find((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      return /^\S*python3 /.test(line) && line.endsWith(words)
    } catch {
      return false // ended meanwhile
    }
  })
  return found === undefined ? undefined : Number(found)
}
