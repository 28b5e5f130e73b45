import { classIn, opcode, rcode } from '../message/codes.ts'
import { isWithin } from '../message/name.ts'
import type { Step } from './step.ts'

/** Only queries are served (RFC 1035 section 4.1.1). */
export const otherOpcodes: Step = (query) =>
  query.opcode === opcode.query ? undefined : { rcode: rcode.notImp }

/** Versions above 0 do not exist yet (RFC 6891 section 6.1.3). */
export const ednsVersions: Step = (query) =>
  query.edns && query.edns.version > 0 ? { rcode: rcode.badVers } : undefined

/** Of the domain nothing is known outside the Internet class. */
export const otherClasses: Step = (query, service) =>
  query.class === classIn || !isWithin(query.key, service.domain) ? undefined : { rcode: rcode.refused }
