import { readFileSync } from 'node:fs'
import type { NodeFacts } from '../config/document/layers.ts'
import type { Member } from './gossip/gossip.ts'
import { machineFacts } from './local/machine.ts'

/**
 * This machine as roles and selectors of the document see it.
 * @param alone as a controller it is no worker
 */
export function ownFacts(name: string, address: string, controller: boolean, alone = false): NodeFacts {
  const { cpus, memMb } = machineFacts()
  const os = osRelease()
  return { name, roles: rolesOf(controller, alone), address, cpus, memMb, ...(os ? { os } : {}) }
}

/** What the others cannot see of a machine, for its tags: `8/16384/debian-12`. */
export function factsTag({ cpus, memMb, os }: NodeFacts): string {
  return [cpus, memMb, os].map((fact) => fact ?? '').join('/')
}

/** Another machine, as far as gossip tells of it. */
export function factsOfMember(name: string, members: Pick<Member, 'name' | 'address' | 'tags'>[]): NodeFacts {
  const member = members.find((each) => each.name === name)
  if (!member) return { name, roles: ['worker'] }
  const { address, tags } = member
  const [, cpus, memMb, os] = /^(\d*)\/(\d*)\/(.*)$/.exec(tags.facts ?? '') ?? []
  return {
    ...{ name, roles: rolesIn(tags), address },
    ...(cpus ? { cpus: Number(cpus) } : {}),
    ...(memMb ? { memMb: Number(memMb) } : {}),
    ...(os ? { os } : {}),
  }
}

/** What a member's tags say that it is. */
export function rolesIn({ role, worker }: Member['tags']): NodeFacts['roles'] {
  return rolesOf(role === 'controller', worker === 'no')
}

/** For its tags. */
export function roleTags(controller: boolean, worker: boolean): Record<string, string> {
  return { role: controller ? 'controller' : 'worker', ...(worker ? {} : { worker: 'no' }) }
}

function rolesOf(controller: boolean, alone: boolean): NodeFacts['roles'] {
  if (!controller) return ['worker']
  return alone ? ['controller'] : ['controller', 'worker']
}

/** `debian-12` (os-release(5)); undefined where the file is not there. */
function osRelease(): string | undefined {
  try {
    const text = readFileSync('/etc/os-release', 'utf8')
    const field = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1]
    return [field('ID') ?? 'linux', field('VERSION_ID')].filter((part) => part).join('-')
  } catch {
    return undefined
  }
}
