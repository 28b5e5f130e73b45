import { rcode, rrType } from '../message/codes.ts'
import type { Step } from './step.ts'

/** Transfers of the domain, for those who may have them. */
export const transfers: Step = (query, service, client) => {
  if (query.type !== rrType.AXFR && query.type !== rrType.IXFR) return undefined
  if (query.key !== service.domain) return undefined
  if (!service.mayTransfer(client.address)) return { rcode: rcode.refused }
  return service.transfer(query, client.transport === 'tcp')
}
