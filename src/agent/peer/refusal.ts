import { MeshboxError } from '../../error.ts'

/** Why a machine refuses another, as the code of a problem. */
export const refusals = {
  /** The ticket is missing, old, or of an agent before this one. */
  ticket: 'peer-ticket',
  keyed: 'peer-keyed',
  open: 'peer-open',
  otherKey: 'peer-other-key',
  otherMachine: 'peer-other-machine',
  replayed: 'peer-replayed',
} as const

/** What the person who joins has to know; what another machine says is only shown where we have no words of our own. */
const known: Record<string, readonly [why: string, hint: string]> = {
  [refusals.keyed]: [
    'belongs to a cluster with a key, and this machine has none',
    'give that key: meshbox join … --key-file FILE',
  ],
  [refusals.open]: [
    'belongs to an open cluster, and this machine has a key',
    'leave the key out, or check the address',
  ],
  [refusals.otherKey]: [
    'belongs to a cluster with another key',
    'check the address, and that the key is the one of that cluster',
  ],
}

/** Why keys keep two machines apart, and what to do. */
export function saidOf(code: 'peer-keyed' | 'peer-open' | 'peer-other-key'): [why: string, hint: string] {
  const [why = '', hint = ''] = known[code] ?? []
  return [why, hint]
}

/** @param title its own words, from nobody knows whom */
export function refusedBy(address: string, code: string, title = ''): MeshboxError {
  const [why, hint] = known[code] ?? [`refuses: ${title}`, undefined]
  return new MeshboxError({ code, message: `${address} ${why}`, hint })
}

/** Whether keys are what keeps two machines apart. */
export function isKeyRefusal(error: unknown): error is MeshboxError {
  return error instanceof MeshboxError && error.code in known
}
