import { systemClock } from '../../clock.ts'
import { effectiveConfig } from '../../config/document/effective.ts'
import { parseDocumentText } from '../../config/document/parse.ts'
import { formatServer, parseZkUrl } from '../../config/zookeeper/url.ts'
import { misuse } from '../../error.ts'
import { resolveSeed } from '../gossip/net/seeds.ts'
import { keepRing, keptRing } from '../join-token/kept.ts'
import { redeemToken } from '../join-token/redeem.ts'
import { type JoinToken, readToken } from '../join-token/token.ts'
import { readPrivateFile } from '../key/file.ts'
import { ringToJoinWith } from '../key/given.ts'
import type { Ring } from '../key/keyring.ts'
import type { Folders } from '../local/folders.ts'
import { machineFacts } from '../local/machine.ts'
import type { Input } from './command.ts'
import type { Target } from './target.ts'

/**
 * The keys to join with: those that this machine has, the one in the file that it is given, or what it gets for a join
 * token, which is used up by that.
 * @throws MeshboxError when a file or the token cannot be used, or the token is worth nothing
 */
export async function ringToJoin(
  input: Input,
  at: {
    target: Target
    folders: Folders
    joined: boolean
    name: string
    seed: string
    note: (line: string) => void
  },
): Promise<Ring> {
  const { folders, joined, name, note } = at
  const file = input.text('key-file')
  const token = joined ? undefined : tokenGiven(input)
  if (!token) return ringToJoinWith(file, { folders, joined })
  if (file !== undefined)
    throw misuse(
      'token-and-key',
      'cannot join with a token and a key: one of them is enough',
      'leave one out',
    )
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
  const { config } = effectiveConfig(parseDocumentText(seed, 'the document'), { name, roles: ['worker'] })
  const { port } = config.gossip
  if (target.kind === 'neighbour') return resolveSeed(target.seed, port).catch(() => [])
  const named = parseZkUrl(target.zkUrl).servers.map(({ host }) => formatServer({ host, port }))
  const found = await Promise.all(named.map((each) => resolveSeed(each, port).catch(() => [])))
  return found.flat().filter(({ host }) => !own.includes(host))
}
