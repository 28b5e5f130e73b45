import { systemClock } from '../../clock.ts'
import { formatServer, parseZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError, misuse } from '../../error.ts'
import { resolveSeed } from '../gossip/net/seeds.ts'
import { keepRing, keptRing } from '../join-token/kept.ts'
import { redeemToken } from '../join-token/redeem.ts'
import { type JoinToken, readToken } from '../join-token/token.ts'
import { readPrivateFile } from '../key/file.ts'
import { keyGiven, ringOf } from '../key/given.ts'
import { bytesOf } from '../key/key.ts'
import { type Ring, recallRing } from '../key/keyring.ts'
import type { Folders } from '../local/folders.ts'
import type { Past } from '../local/joined.ts'
import { machineFacts } from '../local/machine.ts'
import { tryRing } from '../preflight/ring.ts'
import type { Input } from './command.ts'
import type { Target } from './target.ts'
import { newWitnesses, seedConfig, witnessesOf } from './witnesses.ts'

/**
 * The keys to join with: those that this machine has, the one in the file that it is given, or what it gets for a join
 * token, which is used up by that. A machine that has joined uses a token only when its own keys are refused.
 * @returns `other`: they are not those that a machine has which has joined
 * @throws MeshboxError when a file or the token cannot be used, or the token is worth nothing
 */
export async function ringToJoin(
  input: Input,
  at: { target: Target; folders: Folders; past: Past | undefined } & Redeeming,
): Promise<{ ring: Ring; other: boolean }> {
  const { past, folders } = at
  const file = input.text('key-file')
  const token = tokenGiven(input)
  if (token && file !== undefined)
    throw misuse(
      'token-and-key',
      'cannot join with a token and a key: one of them is enough',
      'leave one out',
    )
  if (!past) return { ring: token ? await redeem(token, input, at) : ringOf(keyGiven(file)), other: false }
  const own = ownRing(folders)
  const given = token ? undefined : keyGiven(file)
  if (given && !own?.keys.includes(given.key)) return { ring: ringOf(given), other: true }
  if (token && (!own || (await isKeptOut(own, past, at.target))))
    return { ring: await redeem(token, input, at), other: true }
  return { ring: own ?? recallRing(folders), other: false }
}

/** Undefined where it cannot be read: then another one takes nothing away. */
function ownRing(folders: Folders): Ring | undefined {
  try {
    return recallRing(folders)
  } catch {
    return undefined
  }
}

/** By its cluster; while it has met none, by the one that it is to join now, wherever it looked for one before. */
async function isKeptOut({ keys }: Ring, past: Past, target: Target): Promise<boolean> {
  const witnesses = past.free ? newWitnesses(target, past) : witnessesOf(past)
  return (await tryRing(witnesses, keys.map(bytesOf), systemClock)).kind === 'refused'
}

/**
 * Has the cluster say whether these keys are its own, before they replace those that this machine has.
 * @throws MeshboxError when they are not, or nobody can be asked
 */
export async function checkRing({ keys }: Ring, past: Past, folders: Folders): Promise<void> {
  const verdict = await tryRing(witnessesOf(past), keys.map(bytesOf), systemClock)
  if (verdict.kind === 'works') return
  if (verdict.kind === 'unknown') {
    if (!ownRing(folders)) return
    throw new MeshboxError({
      code: 'key-untold',
      message:
        'cannot take another key: nobody of the cluster answers who could say whether it is the right one; nothing was changed',
      hint: 'start ZooKeeper, or another machine of the cluster, then run this again',
    })
  }
  const { code, message, hint } = verdict.error
  throw new MeshboxError({
    ...{ code, hint },
    message: `cannot take another key: ${message.replace(/^cannot join: /, '')}; nothing was changed`,
  })
}

type Redeeming = { name: string; seed: string; note: (line: string) => void }

async function redeem(
  token: JoinToken,
  input: Input,
  at: { target: Target; folders: Folders } & Redeeming,
): Promise<Ring> {
  const { folders, name, note } = at
  const kept = keptRing(folders, token.id)
  if (kept) return kept
  const own = machineFacts().addresses
  const advertised = input.text('advertise')
  const addresses = advertised === undefined ? own : [...own, advertised]
  const doors = await doorsOf(at, own)
  const ring = await redeemToken(doors, token, { name, addresses, clock: systemClock })
  keepRing(folders, token.id, ring)
  note(`The token ${token.id} was good: this machine has the key now.`)
  return ring
}

function tokenGiven(input: Input): JoinToken | undefined {
  const { MESHBOX_TOKEN, MESHBOX_TOKEN_FILE } = process.env
  const path = input.text('token-file') ?? (MESHBOX_TOKEN_FILE || undefined)
  const text = input.text('token')
  if (text !== undefined) return readToken(text, '--token')
  if (path !== undefined) return readToken(readPrivateFile(path), path)
  return MESHBOX_TOKEN ? readToken(MESHBOX_TOKEN, 'MESHBOX_TOKEN') : undefined
}

/** Where the token may be redeemed: at the neighbour, or at the machines of the URL. */
async function doorsOf(
  { target, name, seed }: { target: Target; name: string; seed: string },
  own: string[],
): Promise<{ host: string; port: number }[]> {
  const { port } = seedConfig({ name, seed }).gossip
  if (target.kind === 'neighbour') return resolveSeed(target.seed, port).catch(() => [])
  const named = parseZkUrl(target.zkUrl).servers.map(({ host }) => formatServer({ host, port }))
  const found = await Promise.all(named.map((each) => resolveSeed(each, port).catch(() => [])))
  return found.flat().filter(({ host }) => !own.includes(host))
}
