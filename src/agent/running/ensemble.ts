import type { Clock } from '../../clock.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import type { Membership } from '../membership.ts'
import type { Place } from '../place.ts'

/** Whether the ensemble serves this machine, and who may start what needs it. */
export type EnsembleSight = {
  /** For how long no session is there, in milliseconds. */
  awayFor(): number
  /** The cluster may be another one, or list other controllers; or what this machine is to run is known now. */
  look(): void
  stop(): void
}

export function watchEnsemble({
  session,
  membership,
  planned,
  place,
  supervisor,
  clock,
  onSession,
  onChange,
}: {
  session: Pick<Session, 'state' | 'onState'>
  membership: () => Pick<Membership, 'cluster' | 'met'>
  /** Whether this machine has been planned by what a document says. */
  planned: () => boolean
  place: Place
  supervisor: Pick<Supervisor, 'onChange' | 'status' | 'specs' | 'tell'>
  clock: Clock
  /** It came, or went. */
  onSession: () => void
  onChange: () => void
}): EnsembleSight {
  /** Monotonic time since when no session is there. */
  let awaySince: number | undefined = clock.monotonic()

  /** One that was a controller may be none any more: nothing is started before this agent has seen that it is. */
  function look(): void {
    const { cluster, met } = membership()
    const listed = place.joining() !== undefined || !place.isUnlisted(cluster())
    // What it had to run as a controller has to be out of the plan first.
    const clear = place.controller() || !supervisor.specs().some(({ name }) => name === 'mesos-master')
    const may = met() && planned() && listed && clear
    supervisor.tell('zookeeper-quorum', session.state() === 'connected' && may)
  }

  const unsee = [
    session.onState((state) => {
      awaySince = state === 'connected' ? undefined : (awaySince ?? clock.monotonic())
      look()
      onSession()
      onChange()
    }),
    supervisor.onChange(() => {
      // A disk that has served once is never again taken for one that was never used, whatever becomes of it.
      if (supervisor.status().some(({ name, state }) => name === 'zookeeper' && state === 'ready'))
        place.served()
      look()
      onChange()
    }),
  ]

  return {
    awayFor: () => (awaySince === undefined ? 0 : clock.monotonic() - awaySince),
    look,
    stop() {
      for (const each of unsee) each()
    },
  }
}
