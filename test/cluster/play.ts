import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { messageOf } from '../../src/error.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'
import { type Played, verbs } from './verbs.ts'

/** `npm run cluster`: machines to play with, one line at a time. Ctrl-C, `end` or the end of the input removes them. */
const diskMb = 400
const mostNodes = 30
const config = `${import.meta.dir}/cluster.yaml`

const say = (text = '') => process.stdout.write(`${text}\n`)

function readNodes(): number {
  const { values } = parseArgs({ options: { nodes: { type: 'string', default: '3' } } })
  const nodes = Number(values.nodes)
  if (Number.isInteger(nodes) && nodes >= 1 && nodes <= mostNodes) return nodes
  throw new Error(`cannot make "${values.nodes}" machines: --nodes takes a number from 1 to ${mostNodes}`)
}

function play(cluster: TestCluster): Played {
  const { machines } = cluster
  const controllers = machines.slice(0, machines.length < 3 ? 1 : 3)
  const url = `zk://${controllers.map(({ address }) => address).join(',')}/mesos`
  return {
    cluster,
    faults: new Map(),
    async join(machine) {
      const argv = ['join', url, '--simulated', '--name', machine.name, '--config', config]
      const { code, out, err } = await machine.meshbox(...argv)
      return code === 0 ? `${machine.name} has joined` : `${out}${err}`.trimEnd()
    },
  }
}

function welcome(machines: Machine[]): void {
  const [first] = machines
  if (!first) return
  say()
  for (const machine of machines)
    say(`  ${machine.name}  ${machine.address}  ip netns exec ${machine.namespace} bash`)
  say(`
From another terminal, as root:

  ip netns exec ${first.namespace} dig @${first.address} leader.mesos +short
  ip netns exec ${first.namespace} dig @${first.address} slave.mesos +short
  ip netns exec ${first.namespace} ${first.binary} status --data-dir ${first.dataDir}

Here: \`help\` lists what can be done to machines; \`end\` or Ctrl-C removes them all.`)
}

function help(): string {
  const widest = Math.max(...verbs.map(({ name, usage }) => name.length + usage.length)) + 1
  const lines = verbs.map(({ name, usage, help }) => `  ${`${name} ${usage}`.padEnd(widest)}  ${help}`)
  return [...lines, `  ${'end'.padEnd(widest)}  removes all machines`].join('\n')
}

async function obey(line: string, played: Played): Promise<string | undefined> {
  const [name, ...words] = line.split(/\s+/).filter(Boolean)
  if (name === undefined) return undefined
  if (name === 'help') return help()
  const verb = verbs.find((each) => each.name === name)
  if (!verb) throw new Error(`there is no ${name}: \`help\` lists what there is`)
  const named = words.slice(0, verb.machines).map((word) => {
    const machine = played.cluster.machines.find((each) => each.name === word)
    if (!machine) throw new Error(`there is no machine ${word}`)
    return machine
  })
  if (new Set(named).size < verb.machines) throw new Error(`write ${verb.name} ${verb.usage}`)
  return verb.run(played, named, words.slice(verb.machines))
}

async function main(): Promise<void> {
  const nodes = readNodes()
  say(`Making ${nodes} machines …`)
  const cluster = await makeCluster(nodes, { diskMb, clocks: true })
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY,
  })
  // From now on, so that nothing is missed that is typed before all have joined.
  const typed = lines[Symbol.asyncIterator]()
  const prompt = () => process.stdin.isTTY && lines.prompt()
  const ended = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ended.resolve)
  lines.on('SIGINT', ended.resolve)
  const played = play(cluster)

  async function converse(): Promise<void> {
    for (const told of await Promise.all(cluster.machines.map(played.join))) say(told)
    welcome(cluster.machines)
    prompt()
    for await (const line of typed) {
      if (line.trim() === 'end') return
      const told = await obey(line, played).catch((error) => `error: ${messageOf(error)}`)
      if (told) say(told)
      prompt()
    }
  }

  try {
    await Promise.race([converse(), ended.promise])
  } finally {
    lines.close()
    say('\nRemoving the machines …')
    await cluster.remove()
  }
}

await main().catch((error) => {
  process.stderr.write(`error: ${messageOf(error)}\n`)
  process.exitCode = 1
})
process.exit()
