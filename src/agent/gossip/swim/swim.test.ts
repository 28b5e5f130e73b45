import { beforeEach, describe, expect, test } from 'bun:test'
import type { Clock } from '../../../clock.ts'
import type { Message, MessageOf } from '../wire/messages.ts'
import type { Address } from './core.ts'
import { createSwim, type Swim } from './swim.ts'
import { timings } from './timing.ts'

/** Metadata that begin with it are another cluster's. */
const foreignMark = 99

const timing = { ...timings.lan, pushPullMs: 1e9 }
const vsn = Uint8Array.of(1, 5, 2, 2, 5, 5)

type Sent = { to: string; message: Message; checksum: boolean }

/** The member `me` and nobody else; the others are what the test says. */
function alone() {
  let [now, order] = [0, 0]
  let tasks: { at: number; order: number; run: () => void }[] = []
  const sent: Sent[] = []
  const heard: string[] = []
  let stream: ((answered: boolean) => void) | undefined
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: () => Promise.reject(new Error('nothing sleeps here')),
    after(ms, run) {
      const task = { at: now + ms, order: order++, run }
      tasks.push(task)
      return () => {
        tasks = tasks.filter((each) => each !== task)
      }
    },
  }
  const swim: Swim = createSwim({
    ...{ name: 'me', address: { host: '10.0.0.1', port: 7946 }, meta: Uint8Array.of(1), timing, clock },
    random: () => 0,
    network: {
      room: () => 1390,
      packet: (to, messages, checksum) => {
        for (const message of messages) sent.push({ to: to.host, message, checksum })
      },
      exchange: (_, __, done) => done(new Error('nobody')),
      compare: (_, __, done) => done(undefined),
      ping: (_, __, ___, done) => {
        stream = done
      },
    },
    above: {
      joined: ({ name }) => heard.push(`joined ${name}`),
      updated: ({ name }) => heard.push(`updated ${name}`),
      gone: ({ name, state }) => heard.push(`${state} ${name}`),
      conflict: ({ name }, other) => heard.push(`conflict ${name} ${other.host}`),
      message: () => {},
      state: () => new Uint8Array(0),
      sum: () => 0,
      merge: () => {},
      foreign: (meta) => meta[0] === foreignMark,
    },
    log: () => {},
  })
  function run(ms: number): void {
    const end = now + ms
    for (;;) {
      tasks.sort((a, b) => a.at - b.at || a.order - b.order)
      const [task] = tasks
      if (!task || task.at > end) break
      tasks.shift()
      now = Math.max(now, task.at)
      task.run()
    }
    now = end
  }
  const from: Address = { host: '10.0.0.9', port: 7946 }
  const receive = (message: Message) => swim.receive(message, from)
  const alive = (name: string, host: string, more: Partial<MessageOf<'alive'>> = {}) =>
    receive({
      kind: 'alive',
      Node: name,
      Addr: host,
      Port: 7946,
      Incarnation: 1,
      Meta: Uint8Array.of(0),
      Vsn: vsn,
      ...more,
    })
  /** What was sent since the last look. */
  const outbox = () => sent.splice(0)
  const of = <K extends Message['kind']>(kind: K, list = outbox()) =>
    list.filter((each): each is Sent & { message: MessageOf<K> } => each.message.kind === kind)
  /** As after SIGSTOP: all that was due meanwhile is late. */
  function standStill(ms: number): void {
    now += ms
    run(0)
  }
  return { swim, run, standStill, receive, alive, outbox, of, heard, stream: () => stream }
}

let it: ReturnType<typeof alone>
beforeEach(() => {
  it = alone()
})
const state = (name: string) => it.swim.peer(name)?.state
const accuse = (kind: 'suspect' | 'dead', Node: string, Incarnation: number, From = 'x') =>
  it.receive({ kind, Node, Incarnation, From })
/** Lets the next probe begin; gives its ping. */
function nextPing() {
  it.outbox()
  for (let i = 0; i < 60; i++) {
    it.run(50)
    const [ping] = it.of('ping')
    if (ping) return ping
  }
  throw new Error('no ping')
}
const ack = (SeqNo: number) => it.receive({ kind: 'ack', SeqNo, Payload: new Uint8Array(0) })

describe('probing', () => {
  beforeEach(() => it.alive('b', '10.0.0.2'))

  test('a member that answers stays alive', () => {
    const { to, message } = nextPing()
    expect({ to, message }).toMatchObject({ to: '10.0.0.2', message: { Node: 'b', SourceNode: 'me' } })
    ack(message.SeqNo)
    it.run(900)
    expect(state('b')).toBe('alive')
    expect(it.of('indirectPing')).toEqual([])
  })

  test('others are asked, and their answer counts', () => {
    for (const i of [3, 4, 5, 6]) it.alive(`c${i}`, `10.0.0.${i}`)
    const { message, to } = nextPing()
    it.run(timing.probeTimeoutMs)
    const asked = it.of('indirectPing')
    expect(asked).toHaveLength(timing.indirectChecks)
    expect(asked[0]?.message).toMatchObject({ Target: to, Nack: true, SeqNo: message.SeqNo })
    expect(asked.some((each) => each.to === to)).toBe(false)
    ack(message.SeqNo)
    it.run(timing.probeMs)
    expect(state(message.Node)).toBe('alive')
    expect(it.swim.health()).toBe(0)
  })

  test('a stream counts when datagrams do not get through', () => {
    nextPing()
    it.run(timing.probeTimeoutMs)
    it.stream()?.(true)
    it.run(timing.probeMs)
    expect(state('b')).toBe('alive')
  })

  test('silence of all makes a suspect, and our own health worse', () => {
    nextPing()
    it.run(timing.probeMs)
    expect(state('b')).toBe('suspect')
    expect(it.swim.health()).toBe(1)
  })

  test('helpers that say what they saw keep our health good', () => {
    for (const i of [3, 4, 5]) it.alive(`c${i}`, `10.0.0.${i}`)
    const { message } = nextPing()
    it.run(timing.probeTimeoutMs)
    for (let i = 0; i < 3; i++) it.receive({ kind: 'nack', SeqNo: message.SeqNo })
    it.run(timing.probeMs - timing.probeTimeoutMs)
    expect(state(message.Node)).toBe('suspect')
    expect(it.swim.health()).toBe(0)
  })

  test('who stood still itself accuses nobody, and its health is worse', () => {
    nextPing()
    it.standStill(20_000)
    expect([state('b'), it.swim.health()]).toEqual(['alive', 1])
  })

  test('a suspicion that ran out while we stood still lasts once more', () => {
    accuse('suspect', 'b', 1)
    it.standStill(60_000)
    expect(state('b')).toBe('suspect')
    it.alive('b', '10.0.0.2', { Incarnation: 2 })
    it.run(1)
    expect(state('b')).toBe('alive')
    accuse('suspect', 'b', 2)
    it.standStill(60_000)
    it.run(timing.suspicionMultiplier * timing.probeMs * 2)
    expect(state('b')).toBe('dead')
  })

  test('a suspect is told so with its ping', () => {
    accuse('suspect', 'b', 1)
    it.outbox()
    it.run(2000)
    const together = it.outbox().filter(({ to }) => to === '10.0.0.2')
    expect(it.of('ping', together).length).toBeGreaterThan(0)
    expect(it.of('suspect', together).some(({ message }) => message.From === 'me')).toBe(true)
  })
})

describe('for others', () => {
  test('a ping is answered where it wants to be; one for another name is not', () => {
    const ping: Message = {
      kind: 'ping',
      SeqNo: 7,
      Node: 'me',
      SourceAddr: '10.0.0.4',
      SourcePort: 9,
      SourceNode: 'q',
    }
    it.receive(ping)
    it.receive({ ...ping, Node: 'you' })
    it.receive({ ...ping, SourceAddr: '', SourcePort: 0, Node: '' })
    expect(it.of('ack').map(({ to }) => to)).toEqual(['10.0.0.4', '10.0.0.9'])
  })

  test('strangers get no news with their answer', () => {
    it.alive('b', '10.0.0.2')
    it.receive({ kind: 'ping', SeqNo: 7, Node: 'me', SourceAddr: '10.0.0.4', SourcePort: 9, SourceNode: 'b' })
    expect(it.outbox().map(({ message }) => message.kind)).toEqual(['ack'])
  })

  const ask: Message = {
    ...{ kind: 'indirectPing', SeqNo: 70, Target: '10.0.0.2', Port: 7946, Node: 'b', Nack: true },
    ...{ SourceAddr: '10.0.0.3', SourcePort: 7946, SourceNode: 'c' },
  }

  test('we ping, and pass the answer on', () => {
    it.receive(ask)
    const [ping] = it.of('ping')
    expect(ping).toMatchObject({ to: '10.0.0.2', message: { Node: 'b' } })
    ack(ping?.message.SeqNo ?? 0)
    expect(it.of('ack')).toMatchObject([{ to: '10.0.0.3', message: { SeqNo: 70 } }])
    it.run(timing.probeTimeoutMs)
    expect(it.of('nack')).toEqual([])
  })

  test('we say so when no answer comes, before the asker gives up; a later answer still counts', () => {
    it.receive(ask)
    const [ping] = it.of('ping')
    it.run(timing.probeTimeoutMs * 0.9)
    expect(it.of('nack')).toMatchObject([{ to: '10.0.0.3', message: { SeqNo: 70 } }])
    ack(ping?.message.SeqNo ?? 0)
    expect(it.of('ack')).toMatchObject([{ to: '10.0.0.3', message: { SeqNo: 70 } }])
  })
})

describe('what we believe', () => {
  test('a newer word counts, an older or equal one does not', () => {
    it.alive('b', '10.0.0.2', { Incarnation: 5 })
    it.alive('b', '10.0.0.2', { Incarnation: 5, Meta: Uint8Array.of(9) })
    accuse('suspect', 'b', 4)
    accuse('dead', 'b', 4)
    expect([state('b'), it.heard]).toEqual(['alive', ['joined b']])
    it.alive('b', '10.0.0.2', { Incarnation: 6, Meta: Uint8Array.of(9) })
    expect(it.heard).toEqual(['joined b', 'updated b'])
  })

  test('a suspect objects with a new incarnation', () => {
    it.alive('b', '10.0.0.2')
    accuse('suspect', 'b', 1)
    expect(state('b')).toBe('suspect')
    it.alive('b', '10.0.0.2', { Incarnation: 2 })
    it.run(100)
    expect(state('b')).toBe('alive')
  })

  test('a suspicion becomes death, sooner when others confirm it', () => {
    const died = (confirmations: string[]) => {
      it = alone()
      for (const i of [2, 3, 4, 5]) it.alive(`n${i}`, `10.0.0.${i}`)
      accuse('suspect', 'n2', 1)
      for (const from of confirmations) accuse('suspect', 'n2', 1, from)
      let ms = 0
      for (; state('n2') === 'suspect' && ms < 60_000; ms += 100) it.run(100)
      return ms
    }
    const [none, same, two] = [died([]), died(['x', 'x']), died(['y', 'z'])]
    expect(same).toBe(none)
    expect(two).toBeLessThan(none / 2)
  })

  test('death that a member tells of itself is a leave', () => {
    it.alive('b', '10.0.0.2')
    it.alive('c', '10.0.0.3')
    accuse('dead', 'b', 1, 'b')
    accuse('dead', 'c', 1, 'x')
    expect(it.heard.slice(2)).toEqual(['left b', 'dead c'])
  })

  test('accused ourselves we object, past what was said', () => {
    for (const kind of ['suspect', 'dead'] as const) {
      const before = it.swim.peer('me')?.incarnation ?? 0
      accuse(kind, 'me', before + 10)
      expect(it.swim.peer('me')).toMatchObject({ state: 'alive', incarnation: before + 11 })
    }
    expect(it.swim.health()).toBe(2)
  })

  test('an alive of our own name with other metadata is outbid; our own is not', () => {
    const { incarnation = 0, meta = vsn, vsn: ours = vsn } = it.swim.peer('me') ?? {}
    it.alive('me', '10.0.0.1', { Incarnation: incarnation, Meta: meta, Vsn: ours })
    expect(it.swim.peer('me')?.incarnation).toBe(incarnation)
    it.alive('me', '10.0.0.1', { Incarnation: incarnation, Meta: Uint8Array.of(7) })
    expect(it.swim.peer('me')).toMatchObject({ incarnation: incarnation + 1, meta })
  })

  test('the highest incarnation does not run over', () => {
    accuse('dead', 'me', 0xffffffff)
    expect(it.swim.peer('me')?.incarnation).toBe(0xffffffff)
  })

  test('a name stays with its address, and goes to another when its owner left, or died a while ago', () => {
    it.alive('b', '10.0.0.2')
    it.alive('b', '10.0.0.3', { Incarnation: 9 })
    expect([it.swim.peer('b')?.host, it.heard.at(-1)]).toEqual(['10.0.0.2', 'conflict b 10.0.0.3'])
    accuse('dead', 'b', 1, 'b')
    it.alive('b', '10.0.0.3', { Incarnation: 1 })
    expect(it.swim.peer('b')).toMatchObject({ host: '10.0.0.3', state: 'alive' })
    accuse('dead', 'b', 1, 'x')
    it.alive('b', '10.0.0.4', { Incarnation: 9 })
    expect(it.swim.peer('b')?.host).toBe('10.0.0.3')
    it.run(timing.deadReclaimMs + 1)
    it.alive('b', '10.0.0.4', { Incarnation: 9 })
    expect(it.swim.peer('b')?.host).toBe('10.0.0.4')
  })

  test('a member of another cluster is not taken, and nobody who knows one is believed', () => {
    it.alive('b', '10.0.0.2')
    it.alive('x', '10.0.0.3', { Meta: Uint8Array.of(foreignMark) })
    expect(it.swim.peer('x')).toBeUndefined()
    const line = { Name: 'b', Addr: '10.0.0.2', Port: 7946, Meta: vsn, Vsn: vsn, Incarnation: 7, State: 2 }
    const theirs = { ...line, Name: 'x', Addr: '10.0.0.3', Meta: Uint8Array.of(foreignMark), State: 0 }
    const mixed = {
      kind: 'pushPull' as const,
      join: true,
      members: [line, theirs],
      userState: new Uint8Array(0),
    }
    expect(() => it.swim.answer(mixed)).toThrow('of another cluster')
    expect(state('b')).toBe('alive')
  })

  test('what another holds for dead in a push/pull is only suspected', () => {
    it.alive('b', '10.0.0.2')
    const line = { Name: 'b', Addr: '10.0.0.2', Port: 7946, Meta: vsn, Vsn: vsn, Incarnation: 1, State: 2 }
    it.swim.answer({ kind: 'pushPull', join: false, members: [line], userState: new Uint8Array(0) })
    expect(state('b')).toBe('suspect')
  })

  test.each([
    ['no address', { Addr: '' }],
    ['no port', { Port: 0 }],
    ['metadata over 512 bytes', { Meta: new Uint8Array(513) }],
    ['a protocol that we do not speak', { Vsn: Uint8Array.of(6, 9, 6, 2, 5, 5) }],
    ['versions that cannot be', { Vsn: Uint8Array.of(0, 0, 0, 0, 0, 0) }],
  ])('an alive with %s is not taken', (_, wrong) => {
    it.alive('b', '10.0.0.2', wrong)
    expect(it.swim.peer('b')).toBeUndefined()
  })

  test('after a leave nothing revives us', () => {
    it.alive('b', '10.0.0.2')
    it.swim.leave(() => {})
    it.alive('me', '10.0.0.1', { Incarnation: 50 })
    accuse('suspect', 'me', 50)
    expect(state('me')).toBe('left')
  })
})

describe('news', () => {
  test('go to the living and the newly dead, with a checksum for those who know it', () => {
    it.alive('b', '10.0.0.2')
    it.alive('c', '10.0.0.3', { Vsn: Uint8Array.of(1, 4, 2, 2, 4, 4) })
    accuse('dead', 'b', 1)
    it.run(timing.gossipMs)
    const told = new Set(it.of('dead').map(({ to, checksum }) => `${to} ${checksum}`))
    expect([...told].sort()).toEqual(['10.0.0.2 true', '10.0.0.3 false'])
    it.run(timing.gossipToTheDeadMs)
    it.alive('d', '10.0.0.4')
    it.outbox()
    it.run(timing.gossipMs)
    expect(it.of('alive').some(({ to }) => to === '10.0.0.2')).toBe(false)
  })
})
