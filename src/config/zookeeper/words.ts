import { connect } from 'node:net'
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
