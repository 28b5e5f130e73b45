import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from 'bun:test'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { documented, helpExamples } from '../documented.ts'
import { needsRoot } from '../root.ts'
import { makeCluster, type TestCluster } from './cluster.ts'
import { ranElsewhere } from './elsewhere.ts'
import { makeStage, type Stage } from './stage.ts'

setDefaultTimeout(300_000)

const names = ['a', 'b', 'c', 'd']
const root = process.getuid?.() === 0

let cluster: TestCluster
let stage: Stage
beforeAll(async () => {
  if (!root) return
  cluster = await makeCluster(names.length)
  stage = makeStage(cluster, names)
})
afterAll(async () => {
  if (root) await cluster.remove()
})

async function runPage(page: string): Promise<void> {
  for (const example of documented(page, 'test/cluster/docs.test.ts')) {
    const { command, on = 'a', shown } = example
    if (shown === undefined) await runAlone(command)
    else if (on === 'each')
      await Promise.all(['a', 'b', 'c'].map((name) => stage.show(stage.machine(name), example)))
    else await stage.show(stage.machine(on), example)
  }
}

/** A command of which nothing is shown: it has to end well, or to say something. */
async function runAlone(example: string): Promise<void> {
  await prepare(example)
  const command = await known(example)
  const on = stage.machine(/^meshbox dev/.test(example) ? 'd' : 'a')
  const [, says] = endless.find(([words]) => words.test(example)) ?? []
  if (says) return stage.foreground(on, command, says, () => stage.say(on, 'meshbox config set dns.ttl=77'))
  const { code, said } = await stage.say(on, command)
  if (example.startsWith('meshbox service stop')) await stage.say(on, 'meshbox service start --all')
  const right = alsoRight.some(([words, also]) => words.test(example) && also === code) || code === 0
  expect({ command, right, said }).toMatchObject({ right: true })
}

/** The name that stands in the help for one that only a running cluster has. */
async function known(example: string): Promise<string> {
  const a = stage.machine('a')
  const told = async (command: string) => JSON.parse((await stage.say(a, command)).said)
  if (example.includes('1a2b3c4d')) {
    const { keys } = (await told('meshbox key list --json')) as { keys: { id: string; primary: number }[] }
    const idle = keys.find(({ primary }) => primary === 0)
    return example.replace('1a2b3c4d', idle?.id ?? '')
  }
  if (example.includes('4f1d2a3b5c6e7f80')) {
    const [token] = (await told('meshbox token list --json')) as { id: string }[]
    return example.replace('4f1d2a3b5c6e7f80', token?.id ?? '')
  }
  return example.replace('worker-7', 'd').replace('10.0.0.7', '10.0.0.1')
}

/** Each time another change. */
let editions = 0

/** What has to be there before an example makes sense. */
async function prepare(example: string): Promise<void> {
  const file = (name: string, text: string) => {
    mkdirSync(join(stage.folder, name, '..'), { recursive: true })
    writeFileSync(join(stage.folder, name), text)
  }
  const a = stage.machine('a')
  if (/ --version 3$| rollback 3 /.test(example))
    for (const ttl of [31, 32, 33, 34]) await stage.say(a, `meshbox config set dns.ttl=${ttl}`)
  if (example.endsWith('apply cluster.yaml --version 3')) {
    const { said } = await stage.say(a, 'meshbox config show --version 3')
    file('cluster.yaml', `${said}log: { level: debug }\n`)
  } else if (example.includes('cluster.yaml')) {
    const { said } = await stage.say(a, 'meshbox config show')
    editions += 1
    file('cluster.yaml', `${said.replace(/^name: .*\n/m, '')}name: edition-${editions}\n`)
  }
  if (example.includes('charm.yaml')) file('charm.yaml', 'settings: { dns_ttl: { value: 30 } }\n')
  if (example.includes('import /etc')) file('etc/mesos-slave/attributes/rack', 'r1\n')
  if (example.startsWith('meshbox dns serve'))
    file(
      'etc/mesos-dns/config.json',
      JSON.stringify({ masters: [`${a.address}:5050`], port: 15353, httpport: 15354 }),
    )
  // An example before it may have changed what starts the masters anew.
  if (example.includes('import http'))
    await until(
      systemClock,
      { everyMs: 200, timeoutMs: 60_000 },
      async () => (await a.status())?.ready || undefined,
    )
  if (example.includes('--out ')) rmSync(join(stage.folder, example.split(' ').at(-1) ?? ''), { force: true })
  if (example.includes('key install new.key')) await stage.say(a, 'meshbox key new --out new.key')
}

/** Those that do not end by themselves, and what they say first. */
const endless: [RegExp, RegExp][] = [
  [/^meshbox dev/, /Ctrl-C/],
  [/ -f /, /\n/],
  [/--watch$/, /\n/],
  [/^meshbox monitor/, /^updated /m],
  [/^meshbox dns serve/, /\n/],
]

/** One that ends with another code than 0 is right as well where it has found something. */
const alsoRight: [RegExp, number][] = [
  [/^meshbox doctor/, 5],
  [/^meshbox plan .*--exit-code$/, 4],
]

describe('on four machines', () => {
  needsRoot('docs/quickstart.md leads from nothing to a cluster, an app, its names, and out again', () =>
    runPage('docs/quickstart.md'),
  )

  needsRoot('every example of --help does what it is an example of', async () => {
    const here = helpExamples().filter((example) => !ranElsewhere(example))
    expect(here.length).toBeGreaterThan(40)
    for (const example of here) await runAlone(example)
  })

  needsRoot('docs/supervision.md and README.md are right as well', async () => {
    await runPage('docs/supervision.md')
    await runPage('README.md')
  })
})
