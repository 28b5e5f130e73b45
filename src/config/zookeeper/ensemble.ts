import { MeshboxError } from '../../error.ts'
import type { EnsembleServer } from '../document/cluster.ts'
import { formatServer, type Server } from './url.ts'

/** Where ZooKeeper keeps the list of its own ensemble, as it was changed last. */
export const ensemblePath = '/zookeeper/config'

/** The ensemble by ZooKeeper's own word. */
export type EnsembleList = {
  /** A reconfiguration counts for one version, and no other. */
  version: bigint
  servers: { id: number; host: string; votes: boolean }[]
}

/** @throws MeshboxError `ensemble-unreadable` */
export function readEnsemble(text: string): EnsembleList {
  const version = /^version=([0-9a-f]+)$/m.exec(text)?.[1]
  const servers = [...text.matchAll(/^server\.(\d+)=(\[[^\]]+\]|[^:]+):\d+:\d+:(participant|observer);/gm)]
  if (version === undefined || servers.length === 0)
    throw new MeshboxError({
      code: 'ensemble-unreadable',
      message: `cannot read ${ensemblePath}: it is no list of servers with a version`,
      hint: 'an ensemble that forbids reconfiguration (reconfigEnabled=false) has none',
    })
  return {
    version: BigInt(`0x${version}`),
    servers: servers.map(([, id, host = '', role]) => ({
      id: Number(id),
      host: host.replace(/^\[|\]$/g, ''),
      votes: role === 'participant',
    })),
  }
}

/** A line of the list; `listen` is where clients are taken, on all addresses when left out. */
export function serverLine({ id, ...server }: EnsembleServer, listen?: string): string {
  return `server.${id}=${addressesOf(server, listen)}`
}

function addressesOf(
  { host, clientPort, quorumPort, electionPort }: Omit<EnsembleServer, 'id'>,
  listen: string | undefined,
): string {
  const quorum: Server = { host, port: quorumPort }
  const client = listen === undefined ? clientPort : formatServer({ host: listen, port: clientPort })
  return `${formatServer(quorum)}:${electionPort}:participant;${client}`
}
