import { parseDocument } from 'yaml'
import { systemClock } from '../../../clock.ts'
import { effectiveConfig } from '../../../config/document/effective.ts'
import { parseDocumentText } from '../../../config/document/parse.ts'
import { refuseSecrets } from '../../../config/secret/vault.ts'
import { exitCode } from '../../../error.ts'
import { openLog, type Threshold } from '../../../log.ts'
import { findPrograms } from '../../../supervisor/provider/find.ts'
import { type Agent, startAgent } from '../../daemon.ts'
import { openProgress } from '../../display/progress.ts'
import { statusText } from '../../display/status.ts'
import { ringToJoinWith } from '../../key/given.ts'
import { bytesOf } from '../../key/key.ts'
import { rememberRing } from '../../key/keyring.ts'
import { foldersAt } from '../../local/folders.ts'
import { recallJoined, rememberJoined } from '../../local/joined.ts'
import { ownFacts } from '../../node-facts.ts'
import { preflight } from '../../preflight/preflight.ts'
import type { Run } from '../command.ts'
import { readDocument } from '../files.ts'
import type { Screen } from '../screen.ts'
import { endSignal } from '../signals.ts'
import { typed } from '../typed.ts'

export const dev: Run = async (input, screen) => {
  const file = input.text('config')
  const seed = withDevDefaults(file === undefined ? '' : await readDocument(file, screen))
  const document = parseDocumentText(seed, file ?? 'the defaults of dev')
  const { zookeeper } = effectiveConfig(document, ownFacts('dev', '127.0.0.1', true)).config
  const folders = foldersAt(input.text('data-dir'))
  const found = findPrograms()
  const before = recallJoined(folders)
  const joined = before ?? {
    zkUrl: `zk://127.0.0.1:${zookeeper.clientPort}/mesos`,
    name: 'dev',
    // Real ones are used together or not at all.
    simulated: !(found['mesos-master'] && found['mesos-agent']),
    mode: 'dev' as const,
    seed,
  }
  const ring = ringToJoinWith(input.text('key-file'), { folders, joined: before !== undefined })
  if (ring.keys.length === 0) refuseSecrets(seed)
  if (!before) {
    const keys = ring.keys.map(bytesOf)
    await preflight(joined, { keys, clock: systemClock, note: screen.note })
    rememberRing(folders, ring)
  }
  await rememberJoined(folders, joined)

  const ended = endSignal()
  screen.note(`Starting a cluster; all its files are under ${folders.root}`)
  const threshold: Threshold = { level: 'info' }
  const agent = await startAgent({
    folders,
    joined,
    clock: systemClock,
    log: openLog(`${folders.logs}/meshbox.log`, threshold),
    threshold,
  })
  const progress = openProgress(screen)
  let welcomed = false
  const see = () => {
    const status = agent.status()
    progress(status)
    if (!status.ready || welcomed) return
    welcomed = true
    if (input.given('json')) screen.data(JSON.stringify(status))
    else welcome(agent, screen, folders.named)
  }
  agent.onChange(see)
  see()
  await ended
  screen.note('Ending all of it …')
  await agent.stop('end-programs')
  return exitCode.ok
}

/** High ports on loopback, where the document does not say otherwise: dev needs no root and shows itself to nobody. */
function withDevDefaults(text: string): string {
  const document = parseDocument(text)
  const defaults: [string[], unknown][] = [
    [['dns', 'port'], 8053],
    [['dns', 'listener'], '127.0.0.1'],
    [['dns', 'httpListener'], '127.0.0.1'],
    [['dns', 'refreshSeconds'], 5],
    [['dns', 'ttl'], 5],
  ]
  for (const [path, value] of defaults) if (!document.hasIn(path)) document.setIn(path, value)
  return document.toString()
}

/** What runs, and what to type next. */
function welcome(agent: Agent, screen: Screen, folder: string | undefined): void {
  const status = agent.status()
  const { dns } = agent.config()
  const marathon = status.machines[0]?.services.find(({ name }) => name === 'marathon')
  const dig = `dig @${dns.listener} -p ${dns.port}`
  const app = `'{"id":"/web","cmd":"python3 -m http.server $PORT0","instances":2}'`
  screen.print(
    [
      '',
      statusText(status, screen, Date.now()),
      '',
      'Try:',
      ...(marathon
        ? [
            `  curl http://${marathon.address}/v2/apps -H 'Content-Type: application/json' \\`,
            `    -d ${app}`,
            `  ${dig} web.marathon.${dns.domain}`,
            `  ${dig} _web._tcp.marathon.${dns.domain} SRV`,
          ]
        : [`  ${dig} leader.${dns.domain}`]),
      typed('  meshbox status', folder),
      'Ctrl-C ends all of it.',
    ].join('\n'),
  )
}
