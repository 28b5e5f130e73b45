import { connect } from 'node:net'
import type { Clock } from '../../clock.ts'
import type { Server } from './url.ts'

/** ZooKeeper's own way of asking: a word (`srvr`, `mntr`), and the answer until the server closes the connection. @throws Error */
export function fourLetters({ host, port }: Server, word: string, timeoutMs = 2000): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ host, port }, () => socket.write(word))
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer to ${word}`)))
    socket.on('data', (part) => {
      text += part.toString()
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
}

/** `leader`, `follower`, `observer` or `standalone`; undefined for a server that takes no clients. @throws Error without an answer */
export async function modeOf(server: Server): Promise<string | undefined> {
  return /^Mode: (\w+)/m.exec(await fourLetters(server, 'srvr'))?.[1]
}

/** Whether something listens there: a server that hangs does so too. */
export function takesConnections({ host, port }: Server, timeoutMs = 2000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (found: boolean) => {
      resolve(found)
      socket.destroy()
    }
    socket.setTimeout(timeoutMs, () => end(false))
    socket.on('connect', () => end(true))
    socket.on('error', () => end(false))
  })
}

/** Whether anything comes back from the machine of a server: a refusal comes from there as well. */
export function isReached({ host, port }: Server, timeoutMs: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    // What has come while this process was busy is looked at first.
    const cancel = clock.after(timeoutMs, () =>
      clock.after(0, () => {
        socket.destroy()
        resolve(false)
      }),
    )
    // A word that it knows: one that says nothing is complained of in its log.
    socket.on('connect', () => {
      resolve(true)
      socket.end('srvr')
    })
    socket.on('data', () => {})
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
    socket.on('close', cancel)
  })
}
