import { classIn, opcode, rcode } from '../message/codes.ts'
import type { Step } from './step.ts'

/** Only queries are served (RFC 1035 section 4.1.1). */
export const otherOpcodes: Step = (query) =>
  query.opcode === opcode.query ? undefined : { rcode: rcode.notImp }

/** Versions above 0 do not exist yet (RFC 6891 section 6.1.3). */
export const ednsVersions: Step = (query) =>
  query.edns && query.edns.version > 0 ? { rcode: rcode.badVers } : undefined

/** Nothing is known outside the Internet class. */
export const otherClasses: Step = (query) => (query.class === classIn ? undefined : { rcode: rcode.refused })
