import { connect } from 'node:net'
import { MeshboxError } from '../../../error.ts'
import type { EnsembleServer } from '../../document/cluster.ts'
import { type EnsembleList, readEnsemble, serverLine } from '../ensemble.ts'
import type { Server } from '../url.ts'
import {
  authPacket,
  connectRequest,
  connectResponse,
  opCode,
  packet,
  part,
  reconfigRequest,
  reconfigResponse,
  replyHeader,
  requestHeader,
} from './messages.ts'

export type Reconfiguration = {
  joining: EnsembleServer[]
  /** Their ids. */
  leaving: number[]
  /** Of the list that is changed: with any other version nothing happens. */
  version: bigint
}

const sessionMs = 10_000
const authXid = -4
const xid = 1

/**
 * Changes who votes in an ensemble, as its `super` user. Answers once a majority of the new list has it.
 * @throws MeshboxError `ensemble-version`, `ensemble-unsynced` and the like, when nothing has changed;
 *   `zk-connection-loss` when it is not known
 */
export async function reconfigure(
  server: Server,
  password: string,
  { joining, leaving, version }: Reconfiguration,
): Promise<EnsembleList> {
  const wire = openWire(server)
  try {
    wire.send(
      packet(
        part(connectRequest, {
          protocolVersion: 0,
          lastZxidSeen: 0n,
          timeOut: sessionMs,
          sessionId: 0n,
          passwd: Buffer.alloc(16),
        }),
      ),
    )
    const { timeOut } = connectResponse.decode(await wire.receive(), 0)
    if (timeOut <= 0) throw lost('no session')
    const auth = Buffer.from(`super:${password}`)
    wire.send(
      packet(
        part(requestHeader, { xid: authXid, type: opCode.auth }),
        part(authPacket, { type: 0, scheme: 'digest', auth }),
      ),
    )
    const known = replyHeader.decode(await wire.receive(), 0)
    if (known.err !== 0) throw refused(known.err)
    wire.send(
      packet(
        part(requestHeader, { xid, type: opCode.reconfig }),
        part(reconfigRequest, {
          joiningServers: listed(joining.map((each) => serverLine(each))),
          leavingServers: listed(leaving.map(String)),
          newMembers: undefined,
          curConfigId: version,
        }),
      ),
    )
    const reply = await wire.receive()
    const header = replyHeader.decode(reply, 0)
    if (header.xid !== xid) throw lost('an answer to something else')
    if (header.err !== 0) throw refused(header.err)
    const { data } = reconfigResponse.decode(reply, replyHeader.encodingLength(header))
    wire.send(packet(part(requestHeader, { xid: xid + 1, type: opCode.closeSession })))
    return readEnsemble(data?.toString() ?? '')
  } finally {
    wire.close()
  }
}

/** Null, not empty, where there are none. */
const listed = (words: string[]) => (words.length === 0 ? undefined : words.join(','))

/** By the codes of KeeperException. */
const refusals = new Map<number, [code: string, why: string]>([
  [-8, ['ensemble-refused', 'ZooKeeper does not take this list of servers']],
  [-13, ['ensemble-unsynced', 'a majority of the new list is not up and in step']],
  [-14, ['ensemble-busy', 'another change is under way']],
  [-102, ['ensemble-forbidden', 'this server does not know the password of `super`']],
  [-103, ['ensemble-version', 'the list has changed meanwhile']],
  [-123, ['ensemble-fixed', 'this ensemble forbids it (reconfigEnabled=false)']],
])

function refused(number: number): MeshboxError {
  const [code, why] = refusals.get(number) ?? []
  if (!code) return lost(`ZooKeeper answered ${number}`)
  return new MeshboxError({ code, message: `cannot change the ensemble: ${why}` })
}

function lost(why: string): MeshboxError {
  return new MeshboxError({ code: 'zk-connection-loss', message: `cannot change the ensemble: ${why}` })
}

/** One connection, answer by answer; each has to come within the session timeout. */
function openWire({ host, port }: Server) {
  const socket = connect({ host, port })
  let bytes = Buffer.alloc(0)
  let failure: MeshboxError | undefined
  let wake = () => {}
  const fail = (why: string) => {
    failure ??= lost(why)
    socket.destroy()
    wake()
  }
  socket.setTimeout(sessionMs, () => fail('no answer'))
  socket.on('error', (error) => fail(error.message))
  socket.on('close', () => fail('the connection was closed'))
  socket.on('data', (more: Buffer) => {
    bytes = Buffer.concat([bytes, more])
    wake()
  })
  return {
    send: (message: Buffer) => void socket.write(message),
    /** A packet without its length. */
    async receive(): Promise<Buffer> {
      for (;;) {
        const end = bytes.length < 4 ? Number.POSITIVE_INFINITY : 4 + bytes.readInt32BE(0)
        if (bytes.length >= end) {
          const received = bytes.subarray(4, end)
          bytes = bytes.subarray(end)
          return received
        }
        if (failure) throw failure
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    close: () => void socket.end(() => socket.destroy()),
  }
}
