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
}

/**
 * One step of the path of a query: an answer ends the path, undefined hands the query on. A promise is for steps that
 * ask elsewhere; everything that this machine knows is answered at once.
 */
export type Step = (query: Query, service: Service, client: Client) => Answer | Promise<Answer> | undefined
