import { MeshboxError } from '../../error.ts'
import type { Member } from '../gossip/gossip.ts'

export type Leaver = {
  name: string
  mode: 'dev' | 'joined'
  controller: boolean
  /** Addresses of all declared controllers, this one included. */
  controllers: string[]
  address: string
  cluster: string | undefined
  /** Everybody that gossip knows. */
  members: Member[]
}

/** What leaving means: others go on without this machine, or the cluster ends here. */
export type Leaving = { last: boolean }

/**
 * Whether a machine may leave. A controller is counted on by the others for as long as there are any.
 * @throws MeshboxError with what to do instead
 */
export function mayLeave({
  name,
  mode,
  controller,
  controllers,
  address,
  cluster,
  members,
}: Leaver): Leaving {
  if (mode === 'dev') {
    throw new MeshboxError({
      code: 'leave-trial',
      message: 'cannot leave: this is a trial, which belongs to nothing else',
      hint: 'end it with Ctrl-C, where `meshbox dev` was started',
    })
  }
  const others = members.filter(
    (member) =>
      member.name !== name &&
      member.status !== 'left' &&
      (cluster === undefined || member.tags.cluster === undefined || member.tags.cluster === cluster),
  )
  if (!controller) return { last: false }
  const left = new Set(members.filter(({ status }) => status === 'left').map((member) => member.address))
  const peers = controllers.filter((each) => each !== address && !left.has(each))
  if (cluster !== undefined && peers.length > 0) {
    throw new MeshboxError({
      code: 'leave-controller',
      message: `cannot leave: ${name} is one of ${controllers.length} controllers, and the others (${peers.join(', ')}) count on it`,
      hint: `take it out of the ensemble first: meshbox controllers replace ${name} NODE, or meshbox controllers remove ${name} OTHER`,
    })
  }
  const workers = others.filter((member) => !controllers.includes(member.address))
  if (cluster !== undefined && workers.length > 0) {
    const names = workers.map((worker) => worker.name).sort()
    throw new MeshboxError({
      code: 'leave-controller',
      message: `cannot leave: ${name} is the last controller, and ${shown(names)} live by it`,
      hint: `run \`meshbox leave\` on them first, or \`meshbox leave --forget ${names[0]}\` for one that is dead`,
    })
  }
  return { last: cluster !== undefined }
}

/** A few of many. */
function shown(names: string[]): string {
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}
