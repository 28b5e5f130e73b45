import type { Clock } from '../../../clock.ts'
import { joinHostPort } from '../../../config/address.ts'
import type { Session } from '../../../config/zookeeper/session.ts'
import { joinGroup, watchGroup } from '../election.ts'
import type { Glog } from '../glog.ts'
import type { MasterInfo } from './master.ts'

type Options = {
  session: Session
  /** The path of the `zk://` URL. */
  path: string
  self: MasterInfo
  /** Content of the own `json.info_*` znode. */
  json: string
  glog: Glog
  clock: Clock
  random: () => number
  onLeader: (leader: MasterInfo | undefined) => void
  onElected: () => void
  /** Once elected, the candidacy is over: the master must end. */
  onLost: (why: string) => void
  onReplicas: (members: string[]) => void
}

/** Takes part in the election through the znodes of real masters, and shows the own replica to the others. */
export function elect(options: Options): void {
  const { session, path, self, glog, clock, random } = options
  const candidates = { dir: path, prefix: 'json.info_' }
  const replicas = { dir: `${path}/log_replicas`, prefix: '' }
  let elected = false

  joinGroup(session, candidates, options.json, { clock, random }, (change) => {
    if ('joined' in change) {
      const id = change.joined
      glog.info('contender.cpp:268', `New candidate (id='${id}') has entered the contest for leadership`)
      return
    }
    glog.info('contender.cpp:217', `Membership cancelled: ${change.lost}`)
    if (elected) options.onLost('Lost candidacy as a leader... committing suicide!')
  })
  joinGroup(session, replicas, `log-replica(1)@${joinHostPort(self.ip, self.port)}`, { clock, random })

  let known: number | undefined
  watchGroup(
    session,
    candidates,
    ([first]) => {
      if (first && first.sequence === known) return
      known = first?.sequence
      const leader = first && readInfo(first.data)
      options.onLeader(leader)
      if (!first || !leader) {
        glog.info('detector.cpp:152', 'Detected a new leader: None')
        return glog.info('master.cpp:2225', 'No master was elected.')
      }
      glog.info('detector.cpp:152', `Detected a new leader: (id='${first.sequence}')`)
      glog.info('zookeeper.cpp:262', `A new leading master (UPID=${leader.pid}) is detected`)
      if (leader.id === self.id) {
        if (elected) return
        elected = true
        glog.info('master.cpp:2174', 'Elected as the leading master!')
        options.onElected()
      } else {
        glog.info('master.cpp:2187', `The newly elected leader is ${leader.pid} with id ${leader.id}`)
        if (elected) options.onLost('Lost leadership after indecisive election')
      }
    },
    1,
  )
  watchGroup(session, replicas, (members) => {
    const list = members.map(({ data }) => data)
    glog.info('network.hpp:485', `ZooKeeper group PIDs: { ${list.join(', ')} }`)
    options.onReplicas(list)
  })
}

/** A master's znode; undefined when it is none that can be read. */
export function readInfo(data: string): MasterInfo | undefined {
  try {
    const { id, pid, hostname, port, address } = JSON.parse(data)
    const ip = address?.ip ?? hostname
    return typeof ip === 'string' && typeof port === 'number' ? { id, pid, hostname, ip, port } : undefined
  } catch {
    return undefined
  }
}
