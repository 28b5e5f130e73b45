import type { Forwarder } from '../forward/forward.ts'
import type { Forwarded } from '../forward/write.ts'
import type { Query } from '../message/query.ts'
import type { Answer } from '../message/write.ts'
import type { Transfer } from '../transfer/serve.ts'
import type { Zone } from '../zone/zone.ts'

/** How a request came in. */
export type Client = {
  transport: 'udp' | 'tcp'
  address: string
  /** Resolves when what was sent has left this machine, or never will; for long replies over TCP. */
  drained?: () => Promise<boolean>
}

/** What all steps may look at; `zone` is undefined until the first load. */
export type Service = {
  domain: string
  zone: () => Zone | undefined
  recursionAvailable: boolean
  mayRecurse: (address: string) => boolean
  withinRate: (address: string) => boolean
  forward: Forwarder
  /** Counts a query that its network may not forward, or not so often. */
  refusedForward: () => void
  /** Whether this is one of our primaries; if so, the zone is looked at anew. */
  notified: (address: string) => boolean
  mayTransfer: (address: string) => boolean
  transfer: (query: Query, tcp: boolean) => Transfer | Answer
}

/** What a step says: an answer of ours, or an upstream's that is handed on, or the zone in many messages. */
export type Said = Answer | Forwarded | Transfer

/**
 * One step of the path of a query: an answer ends the path, undefined hands the query on. A promise is for steps that
 * ask elsewhere; everything that this machine knows is answered at once.
 */
export type Step = (query: Query, service: Service, client: Client) => Said | Promise<Said> | undefined
