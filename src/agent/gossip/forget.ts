import { MeshboxError } from '../../error.ts'
import type { Member } from './mesh.ts'

/** @throws MeshboxError unless the member has failed: one that lives would object, and says goodbye for itself */
export function checkForgettable(name: string, members: Member[]): void {
  const member = members.find((each) => each.name === name)
  if (member?.status === 'failed') return
  if (!member) {
    throw new MeshboxError({
      code: 'member-unknown',
      message: `cannot forget ${name}: no machine of that name was seen`,
      hint: '`meshbox members` lists the names',
    })
  }
  const { status, address } = member
  throw new MeshboxError({
    code: `member-${status}`,
    message: `cannot forget ${name}: ${status === 'left' ? 'it has left already' : `it is ${status}, at ${address}`}`,
    hint: status === 'left' ? undefined : `run \`meshbox leave\` on ${name} itself`,
  })
}
