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

export function openProbe(spec: ProbeSpec, clock: Clock): Probe {
  switch (spec.kind) {
    case 'zookeeper':
      return openZooKeeperProbe(spec, clock)
    case 'mesos-master':
      return { check: () => checkMesosMaster(spec.url), close() {} }
    case 'mesos-agent':
      return { check: (wasReady) => checkMesosAgent(spec.url, wasReady), close() {} }
    case 'docker':
      return { check: () => checkDocker(spec.socket), close() {} }
    case 'marathon':
      return { check: () => checkMarathon(spec.url), close() {} }
  }
}
