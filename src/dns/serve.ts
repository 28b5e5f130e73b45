import { readFileSync } from 'node:fs'
import { readMesosDnsConfig } from '../config/mesos-dns.ts'
import { openSession } from '../config/zookeeper/session.ts'
import { parseZkUrl } from '../config/zookeeper/url.ts'
import { MeshboxError, messageOf } from '../error.ts'
import { type MasterSource, type Resolver, type ResolverDeps, startResolver } from './resolver.ts'

/**
 * Serves a cluster's names by a Mesos-DNS `config.json`, in Mesos-DNS's place: no agent, no document.
 * @throws MeshboxError (exit 2) for a wrong configuration, (exit 1) for a port in use or a file that cannot be read
 */
export async function serveFromMesosDnsConfig(
  path: string,
  deps: Pick<ResolverDeps, 'clock' | 'log' | 'addresses' | 'lookUp'>,
): Promise<Resolver> {
  const { clock, log } = deps
  const { dns, zk, masters, file, unknown } = readMesosDnsConfig(path)
  if (unknown.length > 0) log.warn({ keys: unknown }, 'these keys mean nothing')
  const url = zk === '' ? undefined : parseZkUrl(urlText(zk))
  const session = url
    ? openSession({ servers: url.servers, ...(url.auth ? { auth: url.auth } : {}) }, clock, log)
    : undefined
  const source: MasterSource =
    session && url ? { kind: 'zookeeper', session, path: url.path, masters } : { kind: 'masters', masters }
  try {
    const resolver = await startResolver({
      ...deps,
      config: dns,
      source,
      origin: { zk, masters, file },
      httpRequired: true,
    })
    return {
      ...resolver,
      async close() {
        await resolver.close()
        await session?.close()
      },
    }
  } catch (error) {
    await session?.close()
    throw error
  }
}

/** `file://PATH` names a file that holds the URL, as Mesos's own flags may. */
function urlText(zk: string): string {
  if (!zk.startsWith('file://')) return zk
  const path = zk.slice('file://'.length)
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new MeshboxError({
      code: 'dns-zk-file',
      message: `cannot read ${path}: ${messageOf(cause)}`,
      cause,
    })
  }
}
