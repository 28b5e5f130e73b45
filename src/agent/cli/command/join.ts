import { hostname } from 'node:os'
import { systemClock } from '../../../clock.ts'
import { canonicalAddress, splitHostPort } from '../../../config/address.ts'
import { refuseSecrets } from '../../../config/secret/vault.ts'
import { formatZkUrl, parseZkUrl } from '../../../config/zookeeper/url.ts'
import { exitCode, misuse } from '../../../error.ts'
import { openLog, type Threshold } from '../../../log.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import { checkKind } from '../../bootstrap/meet.ts'
import { startAgent } from '../../daemon.ts'
import { openProgress } from '../../display/progress.ts'
import { statusText } from '../../display/status.ts'
import { dropRing } from '../../join-token/kept.ts'
import { bytesOf } from '../../key/key.ts'
import { type Ring, rememberRing } from '../../key/keyring.ts'
import { type Folders, foldersAt } from '../../local/folders.ts'
import { forgetJoined, type Past, recallPast, rememberJoined } from '../../local/joined.ts'
import { isLoopback } from '../../local/machine.ts'
import type { Joined } from '../../local/memory.ts'
import { preflight } from '../../preflight/preflight.ts'
import type { Status } from '../../status.ts'
import { beginAgent, endAgent } from '../agent-process.ts'
import type { Input, Run } from '../command.ts'
import { readDocument } from '../files.ts'
import { checkRing, ringToJoin } from '../ring.ts'
import type { Screen } from '../screen.ts'
import { readSeconds } from '../seconds.ts'
import { endSignal } from '../signals.ts'
import { readTarget } from '../target.ts'
import { typed } from '../typed.ts'
import { changeOf, findWay, type Way } from '../way.ts'

const pollMs = 200
const defaultTimeoutSeconds = 120

export const join: Run = async (input, screen) => {
  const target = readTarget(input.args[0] ?? '')
  const seed = await readSeed(input, screen)
  const timeoutMs = readSeconds(input.text('timeout'), defaultTimeoutSeconds) * 1000
  const folders = foldersAt(input.text('data-dir'))
  const past = recallPast(folders)
  const name = input.text('name') ?? past?.joined.name ?? hostname()
  const { note } = screen
  const { ring, other } = await ringToJoin(input, { target, folders, past, name, seed, note })
  const keys = ring.keys.map(bytesOf)
  if (keys.length === 0) refuseSecrets(seed)
  const found = await findWay(target, { past, name, seed, keys, note })
  const wanted = readWishes(input, found, { name, seed, before: past?.joined })
  const change = past && (await changeOf(past, wanted, other))
  const joined = past && change !== 'all' ? past.joined : wanted
  const client = agentClient(folders)
  const running = await client.get<Status>('/v1/status').catch(() => undefined)
  if (running && !change) note('This machine has joined already; nothing was changed.')
  else {
    const beside = input.given('new')
    const ready = () => preflight(joined, { keys, clock: systemClock, note, beside })
    if (past && change) await makeWay(change, { past, ring, folders, ready, ran: running !== undefined })
    else if (!past) await ready()
    if (!past || change) rememberRing(folders, ring)
    await rememberJoined(folders, joined, past && change !== 'all' ? [] : found.doors)
    dropRing(folders)
    if (input.given('foreground')) return runHere(folders, joined, screen)
    note(
      change === 'key'
        ? 'This machine has another key now; its programs go on.'
        : `Joining ${formatZkUrl(parseZkUrl(joined.zkUrl))} as ${joined.name}`,
    )
    await beginAgent(folders)
  }
  const status = await settledStatus(client, screen, timeoutMs)
  if (input.given('json')) screen.json(status)
  else screen.print(`\n${statusText(status, screen, Date.now())}\n\n${next(status, folders)}`)
  return status.ready ? exitCode.ok : exitCode.failed
}

/** The document to write if there is none. */
async function readSeed(input: Input, screen: Screen): Promise<string> {
  const file = input.text('config')
  return file === undefined ? '' : readDocument(file, screen)
}

/** @param before what it was told before: that is left out is no wish for the contrary */
function readWishes(
  input: Input,
  way: Way,
  { name, seed, before }: { name: string; seed: string; before: Joined | undefined },
): Joined {
  const { zkUrl } = way
  const { servers } = parseZkUrl(zkUrl)
  const expect = readExpected(input, servers.length)
  const advertise = readAdvertised(input) ?? before?.advertise
  const simulated = input.given('simulated') || before?.simulated === true
  const role = readRole(input) ?? before?.role
  if (way.simulated !== undefined) checkKind(way.simulated, simulated)
  return {
    zkUrl,
    name,
    simulated,
    mode: 'joined',
    ...(role === undefined ? {} : { role }),
    ...(expect === undefined ? {} : { expect }),
    ...(advertise === undefined ? {} : { advertise }),
    seed: seed || (before?.seed ?? ''),
  }
}

/**
 * Ends the agent of a machine that was told otherwise before; its programs go on.
 * @throws MeshboxError when what it is told now cannot be: then it is as before
 */
async function makeWay(
  change: 'all' | 'key',
  deps: { past: Past; ring: Ring; folders: Folders; ready: () => Promise<void>; ran: boolean },
): Promise<void> {
  const { past, ring, folders, ready, ran } = deps
  if (change === 'key') {
    await checkRing(ring, past, folders)
    return endAgent(folders)
  }
  // Its ports are wanted again.
  await endAgent(folders)
  try {
    await ready()
    forgetJoined(folders)
  } catch (error) {
    if (ran) await beginAgent(folders)
    throw error
  }
}

/** The operator's word that the missing machines hold nothing; less than a majority could give two ensembles. */
export function readExpected(input: Input, declared: number): number | undefined {
  const text = input.text('expect')
  if (text === undefined) return undefined
  const majority = Math.floor(declared / 2) + 1
  const number = Number(text)
  if (/^\d{1,3}$/.test(text) && number >= majority && number <= declared) return number
  throw misuse(
    'expect',
    `cannot expect "${text}": it must be a majority of the ${declared} in the URL, ${majority} to ${declared}`,
    `write --expect ${majority}`,
  )
}

function readRole(input: Input): Joined['role'] {
  const text = input.text('role')
  if (text === undefined || text === 'controller' || text === 'worker') return text
  throw misuse(
    'role',
    `cannot join as "${text}": --role takes controller or worker`,
    'write --role controller',
  )
}

/** @throws MeshboxError (exit 2) for what is no address that others could reach */
export function readAdvertised(input: Input): string | undefined {
  const text = input.text('advertise')
  if (text === undefined) return undefined
  const address = canonicalAddress(text)
  if (address !== undefined && !isLoopback(address)) return address
  throw misuse(
    'advertise',
    `cannot advertise "${text}": it is no IP address at which others could reach this machine`,
    'write the address that the NAT forwards to this machine: --advertise 203.0.113.7',
  )
}

async function runHere(folders: Folders, joined: Joined, screen: Screen): Promise<typeof exitCode.ok> {
  const ended = endSignal()
  const threshold: Threshold = { level: 'info' }
  const agent = await startAgent({
    folders,
    joined,
    clock: systemClock,
    log: openLog(`${folders.logs}/meshbox.log`, threshold),
    threshold,
  })
  const progress = openProgress(screen)
  const see = () => progress(agent.status())
  agent.onChange(see)
  see()
  const signal = await Promise.race([ended, agent.left])
  await agent.stop('keep-programs')
  const again = typed('the programs go on. Start the agent again with `meshbox agent`.', folders.named)
  screen.note(signal ? `Ended by ${signal}; ${again}` : 'Ended: this machine leaves its cluster.')
  return exitCode.ok
}

/** Shows progress until all is ready, or until nothing more can come without somebody's help. */
export async function settledStatus(client: AgentClient, screen: Screen, timeoutMs: number): Promise<Status> {
  const progress = openProgress(screen)
  const deadline = systemClock.monotonic() + timeoutMs
  for (;;) {
    const status = await client.get<Status>('/v1/status')
    progress(status)
    if (status.ready || isStuck(status) || systemClock.monotonic() > deadline) return status
    await systemClock.sleep(pollMs)
  }
}

/** Everything that can run does; the rest has failed, waits for a program that is not installed, or was refused. */
function isStuck({ machines, cluster }: Status): boolean {
  const [machine] = machines
  if (!machine) return false
  if (cluster.refused || machine.services.some(({ state }) => state === 'failed')) return true
  const missing = machine.held.some(({ kind }) => kind === 'missing')
  return (
    missing &&
    cluster.document !== undefined &&
    machine.services.every(({ state }) => state === 'ready' || state === 'waiting')
  )
}

function next(status: Status, folders: Folders): string {
  if (!status.ready) return typed('Not ready yet. Follow it with `meshbox status`.', folders.named)
  const { dns } = status.machines[0] ?? {}
  const at = splitHostPort(dns?.address ?? '')
  const host = at?.host === '0.0.0.0' || at?.host === '::' ? status.machines[0]?.address : at?.host
  return `Ready. Next: dig @${host} -p ${at?.port} leader.${dns?.domain}${host?.includes(':') ? ' AAAA' : ''}`
}
