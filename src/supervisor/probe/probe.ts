import type { Clock } from '../../clock.ts'
import type { ProbeSpec } from '../service/spec.ts'
import { checkDocker, checkMarathon, checkMesosAgent, checkMesosMaster } from './http.ts'
import { openZooKeeperProbe } from './zookeeper.ts'

/** Asks a program whether it does its work. */
export type Probe = {
  /** What keeps it from being ready, or undefined when it is. Never throws. */
  check(wasReady: boolean): Promise<string | undefined>
  close(): void
}

/** Whether the leading master has the mesos-agent of this id among its active ones; undefined where it cannot be asked. */
export type Registered = (id: string) => Promise<boolean | undefined>

export function openProbe(spec: ProbeSpec, clock: Clock, registered: Registered): Probe {
  switch (spec.kind) {
    case 'zookeeper':
      return openZooKeeperProbe(spec, clock)
    case 'mesos-master':
      return { check: () => checkMesosMaster(spec.url), close() {} }
    case 'mesos-agent':
      return { check: (wasReady) => checkMesosAgent(spec.url, wasReady, registered), close() {} }
    case 'docker':
      return { check: () => checkDocker(spec.socket), close() {} }
    case 'marathon':
      return { check: () => checkMarathon(spec.url), close() {} }
  }
}
