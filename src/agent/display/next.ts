/** Problems by their words, and the command that tells more or mends it; the first that fits counts. */
const nexts: [RegExp, (found: RegExpExecArray) => string][] = [
  [/^(zookeeper|mesos-master|mesos-agent|marathon|docker) failed: /, ([, name]) => `meshbox logs ${name}`],
  [/^ZooKeeper does not answer/, () => 'meshbox members'],
  [/is not applied: /, () => 'meshbox config history'],
  [/was removed; the last one stays/, () => 'meshbox config history'],
  [/^DNS: |^dns\.host: /, () => 'meshbox doctor'],
  [/the one before goes on$/, () => 'meshbox install --plan'],
  [/^cannot gossip/, () => 'meshbox doctor'],
]

/** Commands that can ask another machine. */
const askOthers = /^meshbox (logs|status|install|service)\b/

/**
 * What to type about a problem; undefined where its own words say so.
 * @param node the machine that has it, where that is another
 */
export function nextFor(problem: string, node?: string): string | undefined {
  if (problem.includes('`meshbox ')) return undefined
  const command =
    nexts.flatMap(([words, command]) => {
      const found = words.exec(problem)
      return found ? [command(found)] : []
    })[0] ?? 'meshbox doctor'
  if (node === undefined) return command
  return askOthers.test(command) ? `${command} --node ${node}` : `${command}, on ${node}`
}
