import { afterEach, expect, setDefaultTimeout } from 'bun:test'
import { join } from 'node:path'
import { needsRoot } from '../root.ts'
import { soon } from './serf.ts'

setDefaultTimeout(120_000)

/** Machines are network namespaces on one bridge, which is in a namespace as well. */
const prefix = `gossip${process.pid}`
const machines = ['a', 'b', 's'] as const
type Machine = (typeof machines)[number]
const addressOf = (machine: Machine) => `10.77.46.${machines.indexOf(machine) + 1}`
const spaceOf = (machine: Machine | 'bridge') => `${prefix}-${machine}`

const children: Bun.Subprocess[] = []

async function ip(...words: string[]): Promise<void> {
  const child = Bun.spawn(['ip', ...words], { stdout: 'ignore', stderr: 'pipe' })
  if ((await child.exited) !== 0)
    throw new Error(`ip ${words.join(' ')}: ${await new Response(child.stderr).text()}`)
}

async function connectMachines(): Promise<void> {
  const bridge = spaceOf('bridge')
  await ip('netns', 'add', bridge)
  await ip('-n', bridge, 'link', 'add', 'name', 'bridge0', 'type', 'bridge')
  await ip('-n', bridge, 'link', 'set', 'bridge0', 'up')
  for (const machine of machines) {
    const space = spaceOf(machine)
    await ip('netns', 'add', space)
    await ip(
      '-n',
      bridge,
      'link',
      'add',
      'name',
      `to-${machine}`,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      space,
    )
    await ip('-n', bridge, 'link', 'set', `to-${machine}`, 'master', 'bridge0', 'up')
    await ip('-n', space, 'address', 'add', `${addressOf(machine)}/24`, 'dev', 'eth0')
    await ip('-n', space, 'link', 'set', 'eth0', 'up')
    await ip('-n', space, 'link', 'set', 'lo', 'up')
  }
}

function inside(machine: Machine, command: string[]) {
  const child = Bun.spawn(['ip', 'netns', 'exec', spaceOf(machine), ...command], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  })
  children.push(child)
  return child
}

/** One of ours; gives what it saw last. */
function startMember(machine: Machine, seed: string): () => Record<string, string> {
  const script = join(import.meta.dir, 'member.ts')
  const child = inside(machine, [process.execPath, script, machine, addressOf(machine), seed])
  let last: Record<string, string> = {}
  void (async () => {
    let rest = ''
    for await (const chunk of child.stdout) {
      const lines = (rest + Buffer.from(chunk).toString()).split('\n')
      rest = lines.pop() ?? ''
      last = JSON.parse(lines.at(-1) ?? 'null') ?? last
    }
  })()
  return () => last
}

async function seenBySerf(): Promise<Record<string, string>> {
  const text = await new Response(inside('s', ['serf', 'members', '-format=json']).stdout).text()
  if (!text.startsWith('{')) return {}
  const { members } = JSON.parse(text) as { members: { name: string; status: string }[] }
  return Object.fromEntries(members.map(({ name, status }) => [name, status]))
}

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    await child.exited
  }
  for (const machine of [...machines, 'bridge'] as const)
    await ip('netns', 'delete', spaceOf(machine)).catch(() => {})
})

needsRoot('two of ours and a serf agent are cut apart, and one mesh again afterwards', async () => {
  await connectMachines()
  inside('s', ['serf', 'agent', '-profile=local', `-bind=${addressOf('s')}:7946`, '-node=s'])
  const [a, b] = [startMember('a', addressOf('s')), startMember('b', addressOf('a'))]
  const all = { a: 'alive', b: 'alive', s: 'alive' }
  const together = async () =>
    Bun.deepEquals(a(), all) && Bun.deepEquals(b(), all) && Bun.deepEquals(await seenBySerf(), all)
  expect(await soon(together, 30)).toBe(true)

  await ip('-n', spaceOf('bridge'), 'link', 'set', 'to-s', 'down')
  const apart = async () => {
    const seen = await seenBySerf()
    return a().s === 'failed' && b().s === 'failed' && seen.a === 'failed' && seen.b === 'failed'
  }
  expect(await soon(apart, 60)).toBe(true)
  expect([a().b, b().a]).toEqual(['alive', 'alive'])

  await ip('-n', spaceOf('bridge'), 'link', 'set', 'to-s', 'up')
  expect(await soon(together, 60)).toBe(true)
})
