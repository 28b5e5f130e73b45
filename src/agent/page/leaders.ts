import type { ClusterStatus } from '../status.ts'

/** Pages of Mesos and Marathon that lead now, as far as they are known. */
export type Leaders = { master?: string; marathon?: string }

type Machine = {
  services: { name: string; address?: string | undefined }[]
  leads?: readonly string[] | undefined
}

export function leadersOf({ machines, others }: ClusterStatus): Leaders {
  const all: Machine[] = [...machines, ...others.flatMap(({ said }) => said ?? [])]
  const pageOf = (service: string): string | undefined => {
    const machine = all.find(({ leads }) => leads?.includes(service))
    return machine?.services.find(({ name }) => name === service)?.address
  }
  const [master, marathon] = [pageOf('mesos-master'), pageOf('marathon')]
  return {
    ...(master ? { master: `http://${master}` } : {}),
    ...(marathon ? { marathon: `http://${marathon}` } : {}),
  }
}
