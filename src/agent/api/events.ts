import type { Clock } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'

export const topics = ['status', 'services', 'members', 'rollout', 'document', 'dns'] as const
export type Topic = (typeof topics)[number]

/** All that is told, as it is now; `members` are told by name. */
export type Snapshot = Record<Exclude<Topic, 'members'>, unknown> & { members: { name: string }[] }

/** Of the topic `members`: `all` says that there are no others. */
type MembersChange = { all: boolean; changed: { name: string }[]; gone: string[] }

/** One change, as it goes over the wire (WHATWG HTML, server-sent events). */
type Told = { number: number; text: string }

export type Events = {
  /** Something may have changed. */
  look(): void
  /**
   * A stream of events from now on. With the id of the last one that a client has seen, it goes on behind that one; where
   * that is not known any more, everything is told anew.
   * @throws MeshboxError when too many follow already
   */
  follow(lastId: string | undefined): ReadableStream<Uint8Array>
  stop(): void
}

/** Changes within this time are one event for each topic. */
const gatherMs = 100
/** Proxies close a connection that is silent for longer. */
const aliveMs = 15_000
/** So many events can be caught up with. */
const keptEvents = 256
/** What one client may leave unread; who leaves more is told everything anew once it reads again. */
export const unreadBytes = 256 * 1024
const mostClients = 256

type Client = { out: ReadableStreamDefaultController<Uint8Array>; behind: boolean }

/** @param life names this run of the agent: ids of the one before it tell nothing */
export function openEvents(deps: { now: () => Snapshot; life: string; clock: Clock }): Events {
  const { now, life, clock } = deps
  const clients = new Set<Client>()
  const kept: Told[] = []
  let last = 0
  /** What was told last of each topic, as text. */
  const told = new Map<Topic, string>()
  let members = new Map<string, string>()
  let cancelLook: (() => void) | undefined
  let cancelAlive: (() => void) | undefined

  function tell(topic: Topic, data: string): void {
    last++
    kept.push({ number: last, text: message(`${life}-${last}`, topic, data) })
    if (kept.length > keptEvents) kept.shift()
  }

  function catchUp(): void {
    cancelLook?.()
    cancelLook = undefined
    const before = last
    const all = now()
    for (const topic of topics) {
      if (topic === 'members') tellMembers(all.members)
      else {
        const data = JSON.stringify(all[topic] ?? null)
        if (told.get(topic) === data) continue
        told.set(topic, data)
        tell(topic, data)
      }
    }
    for (const client of clients) say(client, since(before))
  }

  function tellMembers(list: { name: string }[]): void {
    const next = new Map(list.map((member) => [member.name, JSON.stringify(member)]))
    const changed = list.filter(({ name }) => next.get(name) !== members.get(name))
    const gone = [...members.keys()].filter((name) => !next.has(name))
    members = next
    if (changed.length + gone.length > 0) tell('members', JSON.stringify({ all: false, changed, gone }))
  }

  const since = (number: number) => kept.filter((event) => event.number > number).map(({ text }) => text)

  function everything(): string[] {
    const all = now()
    const id = `${life}-${last}`
    return topics.map((topic) => {
      const whole: MembersChange = { all: true, changed: all.members, gone: [] }
      return message(id, topic, JSON.stringify((topic === 'members' ? whole : all[topic]) ?? null))
    })
  }

  function say(client: Client, texts: string[]): void {
    if (client.behind || texts.length === 0) return
    // Nothing is kept for who does not read: it is told how things stand when it reads again.
    if ((client.out.desiredSize ?? 0) <= 0) client.behind = true
    else client.out.enqueue(Buffer.from(texts.join('')))
  }

  function first(lastId: string | undefined): string[] {
    const [, of, number] = /^(.+)-(\d+)$/.exec(lastId ?? '') ?? []
    const known = of === life && Number(number) <= last && Number(number) >= (kept[0]?.number ?? last + 1) - 1
    return known ? ['retry: 2000\n\n', ...since(Number(number))] : ['retry: 2000\n\n', ...everything()]
  }

  function beAlive(): void {
    cancelAlive = clients.size === 0 ? undefined : clock.after(aliveMs, beAlive)
    for (const client of clients) say(client, [':\n\n'])
  }

  return {
    look() {
      if (clients.size > 0) cancelLook ??= clock.after(gatherMs, catchUp)
    },
    follow(lastId) {
      if (clients.size >= mostClients)
        throw new MeshboxError({
          code: 'events-full',
          message: `cannot tell one more of events: ${mostClients} listen already`,
          hint: 'ask another machine; each of them tells of the whole cluster',
        })
      let own: Client | undefined
      return new ReadableStream<Uint8Array>(
        {
          start(out) {
            own = { out, behind: false }
            catchUp() // while nobody listened, nobody looked
            out.enqueue(Buffer.from(first(lastId).join('')))
            clients.add(own)
            cancelAlive ??= clock.after(aliveMs, beAlive)
          },
          pull() {
            if (!own?.behind) return
            own.behind = false
            own.out.enqueue(Buffer.from(everything().join('')))
          },
          cancel() {
            if (own) clients.delete(own)
          },
        },
        new ByteLengthQueuingStrategy({ highWaterMark: unreadBytes }),
      )
    },
    stop() {
      cancelLook?.()
      cancelAlive?.()
      for (const { out } of clients) out.close()
      clients.clear()
    },
  }
}

const message = (id: string, topic: Topic, data: string) => `id: ${id}\nevent: ${topic}\ndata: ${data}\n\n`
