import type { Clock } from '../../clock.ts'
import { logFolders, logHome } from '../ensemble/folders.ts'
import { lacksRoom } from '../ensemble/room.ts'
import { removeUnbegun } from '../ensemble/txn-log.ts'
import type { ProbeSpec } from '../service/spec.ts'
import { type Authorization, authorizationFor } from './authorization.ts'
import { checkDocker, checkMarathon } from './http.ts'
import { openMesosAgentProbe } from './mesos-agent.ts'
import { openMesosMasterProbe } from './mesos-master.ts'
import { openZooKeeperProbe } from './zookeeper.ts'

/** Asks a program whether it does its work. */
export type Probe = {
  /** What keeps it from being ready, or undefined when it is. Never throws. */
  check(): Promise<string | undefined>
  /** Why it must not go on as it is, after so many ends in a row: it is ended, and started anew. Never throws. */
  fault?(attempt: number): Promise<string | undefined>
  close(): void
}

/**
 * Whether the leading master has the mesos-agent of this id among its active ones. `unreached`: none leads, or not one that
 * takes a connection from here; undefined where it cannot be known.
 */
export type Registered = (id: string) => Promise<boolean | 'unreached' | undefined>

/** What must have room before such a program is started, in words, where there is too little of it. */
export function missingRoom(spec: ProbeSpec): string | undefined {
  return spec.kind === 'zookeeper' ? lacksRoom(logFolders(spec), 'starts', spec.user) : undefined
}

/** Takes away what would keep such a program from starting; tells what that was. */
export function clearFor(spec: ProbeSpec): string | undefined {
  return spec.kind === 'zookeeper' ? removeUnbegun(logHome(spec)) : undefined
}

export type Surroundings = {
  /** The program was started now, and not taken over. */
  fresh: boolean
  /** Whether the ensemble serves this machine, by whichever of its servers. */
  elsewhere: () => boolean
  registered: Registered
  /** How every master is spoken to. */
  ofMasters: Authorization
}

export function openProbe(spec: ProbeSpec, clock: Clock, around: Surroundings): Probe {
  const authorization = authorizationFor(spec, around.ofMasters)
  switch (spec.kind) {
    case 'zookeeper':
      return openZooKeeperProbe(spec, clock, around)
    case 'mesos-master':
      return openMesosMasterProbe(spec, clock, authorization)
    case 'mesos-agent':
      return openMesosAgentProbe(spec, clock, around.registered, authorization)
    case 'docker':
      return { check: () => checkDocker(spec.socket), close() {} }
    case 'marathon':
      return { check: () => checkMarathon(spec.url, authorization), close() {} }
  }
}
