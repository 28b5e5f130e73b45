import { messageOf } from '../../../error.ts'
import { WireError } from '../wire/codec.ts'
import { KeyError, type Keyring } from '../wire/keyring.ts'
import { decodeSerf, encodeSerf, type SerfMessage } from '../wire/serf.ts'
import type { Queries } from './queries.ts'

const operations = ['list', 'install', 'use', 'remove'] as const
export type KeyOperation = (typeof operations)[number]

/** serf's names of the queries. */
const queryNames: Record<KeyOperation, string> = {
  list: '_serf_list-keys',
  install: '_serf_install-key',
  use: '_serf_use-key',
  remove: '_serf_remove-key',
}

/** What the members said to a change of keys. */
export type KeyReport = {
  /** Members asked and heard, this one included. */
  members: number
  answered: number
  /** Why it failed, by name of the member. */
  failures: Record<string, string>
  /** How many have each key, and use it as their primary one (base64). */
  keys: Record<string, number>
  primary: Record<string, number>
}

/** The answer to a key query of a member; undefined when it is none. @throws nothing: a failure is an answer too */
export function answerKeyQuery(
  name: string,
  payload: Uint8Array,
  most: number,
  { keyring, changed }: { keyring: Keyring; changed: () => void },
): Uint8Array | undefined {
  const operation = operations.find((each) => queryNames[each] === name)
  if (operation === undefined) return undefined
  try {
    if (!keyring.secured()) throw new KeyError('no keyring: encryption is not enabled')
    if (operation === 'list') return listed(keyring, most)
    keyring[operation](keyOf(payload))
    changed()
    return response({})
  } catch (error) {
    // Also when the change cannot be stored: whoever asked must know.
    return response({ Result: false, Message: messageOf(error) })
  }
}

type Response = Extract<SerfMessage, { kind: 'keyResponse' }>

function response(parts: Partial<Response>): Uint8Array {
  return encodeSerf({ kind: 'keyResponse', Result: true, Message: '', Keys: [], PrimaryKey: '', ...parts })
}

/** As many keys as fit. */
function listed(keyring: Keyring, most: number): Uint8Array {
  const keys = keyring.list()
  for (let count = keys.length; ; count--) {
    const Message = count === keys.length ? '' : `the first ${count} of ${keys.length} keys`
    const bytes = response({ Keys: keys.slice(0, count), PrimaryKey: keys[0] ?? '', Message })
    if (bytes.length <= most || count === 0) return bytes
  }
}

function keyOf(payload: Uint8Array): Uint8Array {
  const request = decodeSerf(payload)
  if (request.kind !== 'keyRequest') throw new KeyError('not a key request')
  return request.Key
}

/** Asks all members to list or change their keys. */
export function askForKeys(
  operation: KeyOperation,
  key: Uint8Array,
  { queries, members, timeoutMs, done }: Asking,
): void {
  const report: KeyReport = { members, answered: 0, failures: {}, keys: {}, primary: {} }
  const count = (counts: Record<string, number>, what: string) => {
    counts[what] = (counts[what] ?? 0) + 1
  }
  queries.ask({
    name: queryNames[operation],
    payload: encodeSerf({ kind: 'keyRequest', Key: key }),
    timeoutMs,
    enough: members,
    done: () => done(report),
    answer(from, payload) {
      report.answered++
      const answer = readResponse(payload)
      if (!answer.Result) report.failures[from] = answer.Message
      for (const each of answer.Keys) count(report.keys, each)
      if (answer.PrimaryKey !== '') count(report.primary, answer.PrimaryKey)
    },
  })
}

type Asking = { queries: Queries; members: number; timeoutMs: number; done: (report: KeyReport) => void }

function readResponse(payload: Uint8Array): Pick<Response, 'Result' | 'Message' | 'Keys' | 'PrimaryKey'> {
  const unreadable = { Result: false, Message: 'an answer that cannot be read', Keys: [], PrimaryKey: '' }
  try {
    const answer = decodeSerf(payload)
    return answer.kind === 'keyResponse' ? answer : unreadable
  } catch (error) {
    if (error instanceof WireError) return unreadable
    throw error
  }
}
