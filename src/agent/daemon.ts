import type { Clock } from '../clock.ts'
import { effectiveConfig } from '../config/document/effective.ts'
import type { Config } from '../config/schema.ts'
import { openVault } from '../config/secret/vault.ts'
import { parseZkUrl } from '../config/zookeeper/url.ts'
import { messageOf } from '../error.ts'
import type { Log, Threshold } from '../log.ts'
import { openStore } from '../store.ts'
import type { Authorization } from '../supervisor/probe/authorization.ts'
import type { Registered } from '../supervisor/probe/probe.ts'
import { createSupervisor } from '../supervisor/supervise.ts'
import { version } from '../version.ts'
import { apiApp } from './api/app.ts'
import { openEvents } from './api/events.ts'
import { exposed } from './api/exposed.ts'
import { snapshotOf } from './api/facts.ts'
import { serveApi } from './api/serve.ts'
import { placeRestored } from './backup/place.ts'
import type { Self } from './birth/acceptor.ts'
import { openBirthAnswers } from './birth/answer.ts'
import { type Settled, settleEnsemble } from './bootstrap/settle.ts'
import { tellWayIn, wayInQuestion } from './bootstrap/way-in.ts'
import { type Ending, whileEnding } from './ending.ts'
import type { Question } from './gossip/gossip.ts'
import { documentQuestion } from './hints.ts'
import { openDoor } from './join-token/door.ts'
import { forgetDataKey, keptDataKey } from './key/data-key.ts'
import { forgetRing, openKeys } from './key/keyring.ts'
import { openKnown } from './known.ts'
import { openLeave } from './leave/leave.ts'
import type { Folders } from './local/folders.ts'
import { forgetCluster } from './local/former.ts'
import { storePath } from './local/joined.ts'
import { lockFolder } from './local/lock.ts'
import { everyAddress, isLoopback } from './local/machine.ts'
import { type Joined, openMemory } from './local/memory.ts'
import { recognise } from './local/own.ts'
import { openMachineLogs } from './logs.ts'
import { lastGoodDocument } from './membership.ts'
import { openNeighbours } from './neighbours.ts'
import { factsTag } from './node-facts.ts'
import { openAskPeer } from './peer/ask.ts'
import { type Problem, typedStatus } from './problem/problem.ts'
import { refusalOf } from './problem/refusal.ts'
import { type Running, startRunning } from './running/running.ts'
import { formingStatus, type Status, withGossip } from './status.ts'
import { keepLinks } from './takeover/take.ts'
import { protocolTag } from './upgrade/protocol.ts'
import { openWatch } from './watch/watch.ts'

export type AgentOptions = { folders: Folders; joined: Joined; clock: Clock; log: Log; threshold: Threshold }

export type Agent = {
  status(): Status
  config(): Config
  /** Tells that the status may have changed. */
  onChange(see: () => void): () => void
  /** Resolves when this machine has left its cluster, or got stuck on the way out: the agent is to be stopped then. */
  left: Promise<void>
  stop(how: Ending): Promise<void>
}

/** Between the last step of leaving and the end of the agent, for whoever listens to its steps. */
const lastWordMs = 200

/**
 * Starts the agent of this machine. Returns as soon as its API answers: whose ZooKeeper it is may take as long as the
 * other machines of the URL take to come, and the status tells who is waited for.
 * @throws MeshboxError when another agent works here, or the API cannot be served
 */
export async function startAgent({ folders, joined, clock, log, threshold }: AgentOptions): Promise<Agent> {
  const closing: (() => unknown)[] = []
  try {
    return await start()
  } catch (error) {
    log.error({ error: messageOf(error) }, 'the agent cannot start')
    for (const close of closing.reverse()) await close()
    throw error
  }

  async function start(): Promise<Agent> {
    closing.push(lockFolder(folders.state))
    const store = openStore(storePath(folders))
    closing.push(() => store.close())
    const memory = openMemory(store)
    keepLinks(memory.recall('takenOver')?.links ?? [])
    const url = parseZkUrl(joined.zkUrl)
    const keys = openKeys(folders)
    const askPeer = openAskPeer(keys.bytes)
    const vault = openVault(() => keys.bytes().length > 0, keptDataKey(folders))
    const registered: Registered = async (id) => running?.registered(id)
    const ofMasters: Authorization = async (signal) => running?.ofMasters(signal)
    const supervisor = createSupervisor({ store, clock, log, registered, ofMasters })
    closing.push(() => supervisor.detach())

    let running: Running | undefined
    let ends = false
    const listeners = new Set<() => void>()
    const events = openEvents({
      now: () => snapshotOf(status(), neighbours.members()),
      life: crypto.randomUUID().slice(0, 8),
      clock,
    })
    closing.push(events.stop)
    const changed = () => {
      running?.announce()
      events.look()
      for (const see of [...listeners]) see()
    }
    const own = await recognise(joined, url, memory)
    const known = openKnown(memory, url, own.servers)
    const lastGood = lastGoodDocument(memory.recall('document')?.text, joined.seed, vault.read)
    const first = effectiveConfig(lastGood, own.facts)
    const neighbours = openNeighbours({
      name: joined.name,
      cluster: known.cluster()?.id,
      bind: isLoopback(own.address) ? own.address : own.address.includes(':') ? '::' : '0.0.0.0',
      advertise: own.address,
      config: first.config.gossip,
      keys,
      seeds: url.servers.map(({ host }) => host),
      memory,
      clock,
      random: Math.random,
      log,
      door: openDoor({
        ...{ keys, clock, log },
        tokens: () => running?.joinTokens,
        isController: (addresses) => addresses.some((each) => known.controllers().includes(each)),
      }),
      answer,
      onChange: changed,
    })
    closing.push(() => neighbours.stop())

    let waiting: string[] = []
    let refused: Problem | undefined
    let ownSelf: (() => Self) | undefined

    const config = () => running?.config() ?? first.config
    const watch = openWatch({
      ...{ name: joined.name, folders, config, memory, store, neighbours, clock, log },
      onChange: () => changed(),
    })
    closing.push(watch.stop)
    // It has looked at the last words of the one before.
    log.info({ version, pid: process.pid }, 'the agent begins')
    const { disk } = watch
    const logs = openMachineLogs(folders.logs, () => disk.level() === 'full', clock, log)
    closing.push(() => logs.stop())
    const status = () => {
      const ofRunning = running?.status()
      const all = withGossip(
        ofRunning ?? formingStatus({ joined, url, config: first.config, waiting, refused }),
        neighbours,
        keys,
        watch.problems(ofRunning?.machines[0]),
      )
      const typed = typedStatus(all, folders.named)
      return ends ? whileEnding(typed) : typed
    }
    const left = Promise.withResolvers<void>()
    const ending = new AbortController()
    const leave = openLeave({
      leaver: () => ({
        ...{ name: joined.name, mode: joined.mode, controller: own.controller, address: own.address },
        ...{ cluster: known.cluster()?.id, controllers: known.controllers(), members: neighbours.members() },
      }),
      config,
      async running() {
        if (memory.recall('ensemble')) await settling
        return running
      },
      neighbours,
      async settle() {
        ending.abort()
        await settling
      },
      forget() {
        running = undefined
        forgetCluster(store, memory)
        forgetRing(folders)
        forgetDataKey(folders)
      },
      end: () => void clock.after(lastWordMs, left.resolve),
    })
    const app = apiApp(
      exposed({
        ...{ joined, folders, own, url, memory, keys, vault, askPeer, neighbours, supervisor, clock, log },
        ...{ status, config, events, leave, logs },
        birth: openBirthAnswers({ memory, url, known, self: () => ownSelf }),
        running: () => running,
        effective: (facts) => running?.effective(facts) ?? (facts ? effectiveConfig(lastGood, facts) : first),
      }),
    )
    const hostname = joined.mode === 'dev' ? '127.0.0.1' : everyAddress(own.addresses)
    const api = serveApi(app, {
      ...{ hostname, port: first.config.api.port, socket: folders.socket, clock, log },
      tls: () => config().api.tls,
    })
    closing.push(() => api.stop())

    /** The way in is told to everybody, the document to members. */
    function answer({ name }: Question, from: string): Uint8Array | undefined {
      if (name === wayInQuestion) return tellWayIn(joined, known.url(), known.cluster())
      const asks = neighbours.members().some(({ address, status }) => address === from && status === 'alive')
      return name === documentQuestion && asks ? running?.tellDocument() : undefined
    }

    const settling = settleEnsemble({
      url,
      joined,
      memory,
      config: first.config,
      dataDir: folders.state,
      askPeer,
      keys: keys.bytes,
      clock,
      random: Math.random,
      signal: ending.signal,
      onWaiting(reasons) {
        if (reasons.join() === waiting.join()) return
        waiting = reasons
        log.info({ waiting }, 'waiting')
        changed()
      },
      onSelf: (self) => {
        ownSelf = self
      },
    })
      .then(run)
      .catch((error) => {
        if (ending.signal.aborted) return
        refused = refusalOf(error, known.url())
        log.error({ error: refused.why }, 'cannot take part in the cluster')
        changed()
      })

    function tell(): void {
      neighbours.tell({
        v: version,
        p: protocolTag,
        node: own.node,
        api: String(config().api.port),
        facts: factsTag(own.facts),
        ...running?.tags(),
      })
    }

    function run(settled: Settled): void {
      if (ending.signal.aborted) return
      const { ensemble, address } = settled
      memory.remember('address', address)
      if (ensemble.kind === 'managed' && !memory.recall('cluster'))
        memory.remember('cluster', ensemble.cluster)
      memory.remember('ensemble', ensemble)
      if (placeRestored(ensemble, folders.state, first.config)) memory.remember('ensemble', ensemble)
      running = startRunning({
        settled,
        node: own.node,
        whole: status,
        url,
        joined,
        folders,
        memory,
        supervisor,
        store,
        first: first.config,
        disk,
        neighbours,
        askPeer,
        keys,
        vault,
        clock,
        log,
        onChange() {
          threshold.level = config().log.level
          tell()
          changed()
        },
      })
      tell()
      changed()
    }

    return {
      status,
      config,
      left: left.promise,
      onChange(see) {
        listeners.add(see)
        return () => listeners.delete(see)
      },
      async stop(how) {
        ends = true
        watch.asked()
        ending.abort()
        await settling
        try {
          await running?.stop(how)
          // The last program that ended, too.
          for (const see of [...listeners]) see()
        } finally {
          for (const close of closing.reverse()) await close()
        }
      },
    }
  }
}
