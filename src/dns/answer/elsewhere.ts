import { extendedError, rcode } from '../message/codes.ts'
import type { Step } from './step.ts'

/** Names outside the domain are looked up for the networks that may ask, at the rate that is theirs. */
export const outsiders: Step = (_, service, client) => {
  if (service.mayRecurse(client.address)) return undefined
  service.refusedForward()
  return {
    rcode: rcode.refused,
    extendedError: { code: extendedError.prohibited, text: 'your network is not in dns.recursionAllow' },
  }
}

/** Too many queries of one network; TCP shows that the sender is who it says it is, but costs no less. */
export const tooMany: Step = (_, service, client) => {
  if (service.withinRate(client.address)) return undefined
  service.refusedForward()
  return { rcode: rcode.refused, extendedError: { code: extendedError.prohibited, text: 'too many queries' } }
}

/** Names outside the domain, from the upstream servers. */
export const forwarded: Step = (query, service) => service.forward(query)

/** Names that nobody here answers for. */
export const refused: Step = () => ({ rcode: rcode.refused })
