import { backoffMs, type Clock } from '../../clock.ts'
import type { Session } from '../../config/zookeeper/session.ts'

/** Znodes of one kind in one folder: `json.info_0000000001` has the prefix `json.info_`. */
export type Group = { dir: string; prefix: string }

export type Member = { sequence: number; data: string }

/** The members' znodes, smallest number first. */
export function membersOf(names: string[], prefix: string): { name: string; sequence: number }[] {
  return names
    .flatMap((name) => {
      const match = /^(\d{10})$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '')
      return match ? [{ name, sequence: Number(match[1]) }] : []
    })
    .sort((a, b) => a.sequence - b.sequence)
}

const digits = (sequence: number) => String(sequence).padStart(10, '0')

export type Membership = {
  /** The number that ZooKeeper gave, while the znode is known to be there. */
  sequence(): number | undefined
  /** Stops trying; the znode goes with its session. */
  stop(): void
}

const retry = { firstMs: 100, maxMs: 2000 }

/**
 * Keeps one ephemeral, sequential znode in the group: made when a session is there, and again after a lost one.
 * @param data by which a znode whose making was cut off is found again
 */
export function joinGroup(
  session: Session,
  { dir, prefix }: Group,
  data: string,
  { clock, random }: { clock: Clock; random: () => number },
  see: (change: { joined: number } | { lost: number }) => void = () => {},
): Membership {
  let sequence: number | undefined
  let stopped = false
  let joining = false
  let unsure = false
  let cancel = () => {}

  async function join(attempt = 0): Promise<void> {
    if (stopped || joining || sequence !== undefined) return
    joining = true
    cancel()
    try {
      await session.ensure(dir)
      const found = unsure ? await mine() : undefined
      unsure = true
      const name = found ?? (await make())
      unsure = false
      sequence = Number(name.slice(-10))
      if (!stopped) see({ joined: sequence })
    } catch {
      if (!stopped) cancel = clock.after(backoffMs(attempt, retry, random), () => void join(attempt + 1))
    } finally {
      joining = false
    }
  }

  async function make(): Promise<string> {
    if (prefix !== '') return session.create(`${dir}/${prefix}`, data, 'ephemeral-sequential')
    // The client library takes no path that ends in a slash: a number alone has to be chosen here.
    const last = membersOf((await session.children(dir)) ?? [], prefix).at(-1)
    return session.create(`${dir}/${digits((last?.sequence ?? -1) + 1)}`, data, 'ephemeral')
  }

  async function mine(): Promise<string | undefined> {
    for (const { name } of membersOf((await session.children(dir)) ?? [], prefix)) {
      const node = await session.read(`${dir}/${name}`)
      // One of a process before this one goes with the session of that one.
      if (node?.data.toString() === data && node.owner === session.id()) return name
    }
    return undefined
  }

  /** The list may be older than the znode. */
  async function verify(suspect: number): Promise<void> {
    try {
      const node = await session.read(`${dir}/${prefix}${digits(suspect)}`)
      if (node !== undefined || sequence !== suspect) return
      lose()
      void join()
    } catch {
      // the connection broke: the list is read again with the next one
    }
  }

  function lose(): void {
    const was = sequence
    sequence = undefined
    if (was !== undefined && !stopped) see({ lost: was })
  }

  const unwatch = session.onState((state) => {
    if (state === 'lost') {
      unsure = false
      lose()
    }
    if (state === 'connected') void join()
  })
  const unfollow = session.followChildren(dir, (names) => {
    const there = membersOf(names ?? [], prefix).some((member) => member.sequence === sequence)
    if (!there && sequence !== undefined) void verify(sequence)
  })
  void join()
  return {
    sequence: () => sequence,
    stop() {
      stopped = true
      cancel()
      unwatch()
      unfollow()
    },
  }
}

/** Tells all members with their data, at each change; an empty list when the session is lost. */
export function watchGroup(
  session: Session,
  { dir, prefix }: Group,
  see: (members: Member[]) => void,
  /** How many of them are wanted, smallest number first. */
  most = Number.POSITIVE_INFINITY,
): () => void {
  const known = new Map<string, string>()
  let turn = 0
  const unfollow = session.followChildren(dir, (names) => {
    void load(++turn, membersOf(names ?? [], prefix).slice(0, most))
  })

  async function load(mine: number, wanted: { name: string; sequence: number }[]): Promise<void> {
    const members: Member[] = []
    try {
      for (const { name, sequence } of wanted) {
        const data = known.get(name) ?? (await session.read(`${dir}/${name}`))?.data.toString()
        if (mine !== turn) return
        if (data === undefined) continue // gone meanwhile: the next change tells
        known.set(name, data)
        members.push({ sequence, data })
      }
    } catch {
      return // the connection broke: what is followed is read again with the next one
    }
    for (const name of known.keys()) if (!wanted.some((each) => each.name === name)) known.delete(name)
    see(members)
  }

  const unwatch = session.onState((state) => {
    if (state !== 'lost') return
    turn++
    known.clear()
    see([])
  })
  return () => {
    turn++
    unfollow()
    unwatch()
  }
}
