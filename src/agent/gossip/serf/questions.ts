import { WireError } from '../wire/codec.ts'
import { decodeSerf, encodeSerf, type SerfMessageOf } from '../wire/serf.ts'
import type { StreamMessage } from '../wire/stream.ts'
import { flags } from './queries.ts'

/**
 * What one meshbox asks another on a stream of its own, encrypted where the mesh has a key. It goes as a query of
 * serf's that is not passed on: an agent of serf's takes it for one without an answer, and closes the stream.
 */
export type Question = { name: string; payload: Uint8Array }

const prefix = 'meshbox '

export function encodeQuestion({ name, payload }: Question): StreamMessage {
  const query: SerfMessageOf<'query'> = {
    ...{ kind: 'query', LTime: 0, ID: 0, Addr: '', Port: 0, SourceNode: '', Filters: [] },
    ...{ Flags: flags.noBroadcast, RelayFactor: 0, Timeout: 0, Name: prefix + name, Payload: payload },
  }
  return { kind: 'user', Payload: encodeSerf(query) }
}

/** Undefined for every other message. */
export function readQuestion(message: StreamMessage): Question | undefined {
  const query = readSerf(message)
  if (query?.kind !== 'query' || !query.Name.startsWith(prefix)) return undefined
  return { name: query.Name.slice(prefix.length), payload: query.Payload }
}

export function encodeAnswer(from: string, payload: Uint8Array): StreamMessage {
  return {
    kind: 'user',
    Payload: encodeSerf({ kind: 'queryResponse', LTime: 0, ID: 0, From: from, Flags: 0, Payload: payload }),
  }
}

/** Undefined for every other message. */
export function readAnswer(message: StreamMessage): Uint8Array | undefined {
  const response = readSerf(message)
  return response?.kind === 'queryResponse' ? response.Payload : undefined
}

function readSerf(message: StreamMessage) {
  if (message.kind !== 'user') return undefined
  try {
    return decodeSerf(message.Payload)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
