import { installZooKeeper } from '../../../supervisor/provider/apt/zookeeper.ts'
import { findPrograms, zookeeperLacks } from '../../../supervisor/provider/find.ts'
import type { ServiceName } from '../../../supervisor/service/spec.ts'
import { type Finding, failed, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** ZooKeeper 3.8 wants Java 8 or newer. */
const oldestJava = 8

/** Whether what is to run here is installed. */
export async function checkPrograms({ place, joined, config, machine }: Subject): Promise<Finding[]> {
  const found = findPrograms()
  // What comes from elsewhere the agent fetches by itself.
  const isSystem = (name: ServiceName) => config.packages[name].provider === 'system'
  return [
    ...(place.clientPort === undefined || !isSystem('zookeeper') ? [] : await checkZooKeeper(machine.root)),
    ...(joined?.simulated ? [] : (['mesos-master', 'mesos-agent'] as const))
      .filter((name) => isSystem(name) && (name === 'mesos-agent' ? place.worker : place.controller))
      .map((name) =>
        found[name]
          ? ok(`${name} is ${found[name].join(' ')}`)
          : warning(`${name} is not installed`, 'meshbox install --plan'),
      ),
  ]
}

async function checkZooKeeper(root: boolean): Promise<Finding[]> {
  const lacking = zookeeperLacks()
  if (lacking)
    return [
      failed(`ZooKeeper is to run here, and ${lacking} is not installed`, 'meshbox doctor --fix', {
        what: 'install ZooKeeper',
        run: () => installZooKeeper(lacking, { root, note() {} }),
      }),
    ]
  const said = await firstWords(['java', '-version'])
  const version = javaVersion(said)
  if (version === undefined) return [warning(`java does not tell its version: ${said}`, 'java -version')]
  if (version < oldestJava)
    return [
      failed(
        `java is version ${version}; ZooKeeper wants ${oldestJava}`,
        'apt-get install default-jre-headless',
      ),
    ]
  return [ok(`ZooKeeper is installed, with Java ${version}`)]
}

/** `1.8.0_292` is 8, `17.0.15` is 17. */
export function javaVersion(text: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(text) ?? []
  if (first === undefined) return undefined
  return Number(first === '1' ? second : first)
}

async function firstWords(argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  const text = await new Response(child.stderr).text()
  await child.exited
  return text.split('\n')[0] ?? ''
}
