import { readFileSync } from 'node:fs'
import type { NodeFacts } from '../config/document/layers.ts'
import type { Member } from './gossip/gossip.ts'
import { machineFacts } from './local/machine.ts'

/** This machine as roles and selectors of the document see it. */
export function ownFacts(name: string, address: string, controller: boolean): NodeFacts {
  const { cpus, memMb } = machineFacts()
  const os = osRelease()
  return { name, roles: rolesOf(controller), address, cpus, memMb, ...(os ? { os } : {}) }
}

/** Another machine, as far as gossip tells of it: cpus, memory and os are its own business. */
export function factsOfMember(name: string, members: Member[]): NodeFacts {
  const member = members.find((each) => each.name === name)
  if (!member) return { name, roles: ['worker'] }
  return { name, roles: rolesOf(member.tags.role === 'controller'), address: member.address }
}

function rolesOf(controller: boolean): NodeFacts['roles'] {
  return controller ? ['worker', 'controller'] : ['worker']
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
