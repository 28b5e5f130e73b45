import { biggestPrograms, type Shortage } from '../process/kernel-log.ts'
import type { Cause } from './causes.ts'
import type { ServiceName, ServiceSpec } from './spec.ts'

/** What a program could do with less of, or may make others do with less of. */
const less: Partial<Record<ServiceName, string>> = {
  zookeeper: ', or a smaller zookeeper.heap for it',
  'mesos-agent': ', or less mem in mesos.agent.resources, so that fewer tasks come',
}

/** What to do about a program that the kernel has killed for want of memory. */
export function memoryCause(
  name: ServiceName,
  shortage: Shortage,
  { memory }: ServiceSpec['limits'] = {},
): Cause {
  if (shortage === 'group' && memory !== undefined)
    return {
      blame: 'own',
      hint: `it may take ${memory} MiB, and wanted more: twice as much is a beginning`,
      command: `meshbox config set supervision.${name}.memory=${memory * 2}`,
    }
  return {
    blame: 'outside',
    hint: `the ${shortage === 'group' ? 'control group that meshbox runs in' : 'machine'} has too little memory for all that runs in it: it needs more${less[name] ?? ''}; the command shows who takes it`,
    command: biggestPrograms,
  }
}

/** A JVM that has used up its heap gets twice as much. */
export function biggerHeap(name: ServiceName, argv: readonly string[] = []): string | undefined {
  const heap = argv.map((word) => /^-Xmx(\d+)m$/.exec(word)?.[1]).find((mib) => mib !== undefined)
  return name === 'zookeeper' && heap !== undefined
    ? `meshbox config set zookeeper.heap=${Number(heap) * 2}`
    : undefined
}
