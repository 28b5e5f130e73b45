import { afterEach, expect, setDefaultTimeout } from 'bun:test'
import { join } from 'node:path'
import { needsRoot } from '../root.ts'
import { newKey, soon } from './serf.ts'

setDefaultTimeout(120_000)

const machines = ['a', 'b', 's'] as const
type Machine = (typeof machines)[number]
const addressOf = (machine: Machine) => `10.77.46.${machines.indexOf(machine) + 1}`

const children: Bun.Subprocess[] = []
const spaces: string[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    await child.exited
  }
  for (const space of spaces.splice(0)) await ip('netns', 'delete', space).catch(() => {})
})

async function ip(...words: string[]): Promise<void> {
  const child = Bun.spawn(['ip', ...words], { stdout: 'ignore', stderr: 'pipe' })
  if ((await child.exited) !== 0)
    throw new Error(`ip ${words.join(' ')}: ${await new Response(child.stderr).text()}`)
}

/** Machines are network namespaces on one bridge, which is in a namespace as well. */
async function makeNetwork(prefix: string) {
  const spaceOf = (machine: Machine | 'bridge') => `${prefix}-${machine}`
  const bridge = spaceOf('bridge')
  const plug = (machine: Machine) => ['link', 'set', `to-${machine}`]
  await ip('netns', 'add', bridge)
  spaces.push(bridge)
  await ip('-n', bridge, 'link', 'add', 'name', 'bridge0', 'type', 'bridge')
  await ip('-n', bridge, 'link', 'set', 'bridge0', 'up')
  for (const machine of machines) {
    const space = spaceOf(machine)
    await ip('netns', 'add', space)
    spaces.push(space)
    const peer = ['peer', 'name', 'eth0', 'netns', space]
    await ip('-n', bridge, 'link', 'add', 'name', `to-${machine}`, 'type', 'veth', ...peer)
    await ip('-n', bridge, ...plug(machine), 'master', 'bridge0', 'up')
    await ip('-n', space, 'address', 'add', `${addressOf(machine)}/24`, 'dev', 'eth0')
    await ip('-n', space, 'link', 'set', 'eth0', 'up')
    await ip('-n', space, 'link', 'set', 'lo', 'up')
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

  return {
    inside,
    /** One of ours; gives what it saw last. */
    startMember(machine: Machine, seed: Machine, key: string): () => Record<string, string> {
      const script = join(import.meta.dir, 'member.ts')
      const words = [machine, addressOf(machine), key, addressOf(seed)]
      const child = inside(machine, [process.execPath, script, ...words])
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
    },
    async seenBySerf(): Promise<Record<string, string>> {
      const text = await new Response(inside('s', ['serf', 'members', '-format=json']).stdout).text()
      if (!text.startsWith('{')) return {}
      const { members } = JSON.parse(text) as { members: { name: string; status: string }[] }
      return Object.fromEntries(members.map(({ name, status }) => [name, status]))
    },
    cable: (machine: Machine, state: 'up' | 'down') => ip('-n', bridge, ...plug(machine), state),
  }
}

async function cutApart(prefix: string, key: string): Promise<void> {
  const { inside, startMember, seenBySerf, cable } = await makeNetwork(prefix)
  const encrypted = key === '' ? [] : [`-encrypt=${key}`]
  inside('s', ['serf', 'agent', '-profile=local', `-bind=${addressOf('s')}:7946`, '-node=s', ...encrypted])
  const [a, b] = [startMember('a', 's', key), startMember('b', 'a', key)]
  const all = { a: 'alive', b: 'alive', s: 'alive' }
  const together = async () =>
    Bun.deepEquals(a(), all) && Bun.deepEquals(b(), all) && Bun.deepEquals(await seenBySerf(), all)
  expect(await soon(together, 30)).toBe(true)

  await cable('s', 'down')
  const apart = async () => {
    const seen = await seenBySerf()
    return a().s === 'failed' && b().s === 'failed' && seen.a === 'failed' && seen.b === 'failed'
  }
  expect(await soon(apart, 60)).toBe(true)
  expect([a().b, b().a]).toEqual(['alive', 'alive'])

  await cable('s', 'up')
  expect(await soon(together, 60)).toBe(true)
}

needsRoot(
  'two of ours and a serf agent are cut apart, and one mesh again afterwards, in the clear and encrypted',
  async () => {
    const prefix = `gossip${process.pid}`
    await Promise.all([cutApart(prefix, ''), cutApart(`${prefix}k`, newKey())])
  },
)
