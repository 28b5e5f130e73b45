import { opcode, rcode } from '../message/codes.ts'
import type { Step } from './step.ts'

/** A primary of ours says that the zone has changed (RFC 1996). */
export const notifications: Step = (query, service, client) => {
  if (query.opcode !== opcode.notify || query.key !== service.domain) return undefined
  if (!service.notified(client.address)) return { rcode: rcode.refused }
  return { rcode: rcode.noError, authoritative: true }
}
