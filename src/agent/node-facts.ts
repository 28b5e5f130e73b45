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
    ...{ name, roles: rolesOf(tags.role === 'controller'), address },
    ...(cpus ? { cpus: Number(cpus) } : {}),
    ...(memMb ? { memMb: Number(memMb) } : {}),
    ...(os ? { os } : {}),
  }
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
