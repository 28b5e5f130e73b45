import type { Forwarder } from '../forward/forward.ts'
import type { Forwarded } from '../forward/write.ts'
import type { Query } from '../message/query.ts'
import type { Answer } from '../message/write.ts'
import type { Zone } from '../zone/zone.ts'

/** How a request came in. */
export type Client = { transport: 'udp' | 'tcp'; address: string }

/** What all steps may look at; `zone` is undefined until the first load. */
export type Service = {
  domain: string
  zone: () => Zone | undefined
  recursionAvailable: boolean
  mayRecurse: (address: string) => boolean
  withinRate: (address: string) => boolean
  forward: Forwarder
}

/** What a step says: an answer of ours, or an upstream's that is handed on. */
export type Said = Answer | Forwarded

/**
 * One step of the path of a query: an answer ends the path, undefined hands the query on. A promise is for steps that
 * ask elsewhere; everything that this machine knows is answered at once.
 */
export type Step = (query: Query, service: Service, client: Client) => Said | Promise<Said> | undefined
