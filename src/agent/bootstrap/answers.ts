import { connect } from 'node:net'
import type { Clock } from '../../clock.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import type { Server, ZkUrl } from '../../config/zookeeper/url.ts'
import { silentLog } from '../../log.ts'

const connectMs = 1000
const sessionMs = 4000

/** Whether a ZooKeeper serves clients at the URL. A client session tells; a port that is open does not. */
export async function zookeeperAnswers(url: ZkUrl, clock: Clock): Promise<boolean> {
  const open = await Promise.all(url.servers.map(isOpen))
  const servers = url.servers.filter((_, index) => open[index])
  if (servers.length === 0) return false
  const session = openSession({ ...url, servers, timeoutMs: sessionMs }, clock, silentLog)
  try {
    return (await session.children('/')) !== undefined
  } catch {
    return false
  } finally {
    await session.close()
  }
}

function isOpen({ host, port }: Server): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(connectMs, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
