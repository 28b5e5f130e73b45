import { describe, expect, test } from 'bun:test'
import { change, controller, document, facts, machine, worker } from '../../../test/disorder/machines.ts'
import { abort, begin, claim, finish, grant, halt, inherit, pause, resume, speak, withdraw } from './moves.ts'
import { type Facts, next } from './next.ts'
import type { Seen } from './order.ts'
import { type Rollout, type Sound, type Word, wayBack } from './rollout.ts'
import { soundBefore } from './sound.ts'

const running = begin(undefined, change(1))
const holders = (rollout: Rollout | undefined) => rollout?.permit?.machines.map(({ name }) => name)

/** Whom the next permit is for, or why there is none. */
function whoIsNext(machines: Seen[], rollout = running, more: Partial<Facts> = {}) {
  const decided = next(rollout, facts(machines, more))
  return decided.kind === 'write'
    ? holders(decided.rollout)
    : decided.kind === 'wait'
      ? decided.for
      : undefined
}

/** Gives and answers permits until there is nothing to do. */
function wholeOrder(machines: Seen[], more: Partial<Facts> = {}): string[] {
  let rollout: Rollout | undefined
  const order: string[] = []
  for (;;) {
    const decided = next(rollout, facts(machines, more))
    if (decided.kind !== 'write') return order
    rollout = decided.rollout
    const { permit } = rollout
    if (!permit) continue
    order.push(permit.machines.map(({ name }) => name).join('+'))
    for (const { id } of permit.machines) {
      rollout = rollout && speak(rollout, permit.step, id, { kind: 'done' })
      const spoken = machines.find((each) => each.id === id)
      if (spoken) spoken.waits = []
    }
  }
}

describe('the order', () => {
  test('is followers before their leader, then a worker alone, then batches of workers', () => {
    const machines = [
      controller('a', { leads: ['zookeeper'] }),
      controller('b', { leads: ['mesos-master'], waits: ['zookeeper', 'mesos-master'] }),
      controller('c', { waits: ['zookeeper', 'mesos-master', 'mesos-agent'] }),
      ...['v', 'w', 'x', 'y', 'z'].map((name) => worker(name)),
    ]
    expect(wholeOrder(machines)).toEqual(['c', 'b', 'a', 'v', 'w+x', 'y+z'])
  })

  test('follows a lead that moves', () => {
    const two = [controller('a'), controller('b', { leads: ['zookeeper'] })]
    expect(whoIsNext(two)).toEqual(['a'])
    expect(whoIsNext([controller('a', { leads: ['zookeeper'] }), controller('b')])).toEqual(['b'])
  })

  test('takes controllers as workers where nothing of the control plane changes, after the workers', () => {
    const agents = [controller('a', { waits: ['mesos-agent'] }), worker('w'), worker('x')]
    expect(wholeOrder(agents, { limits: { maxUnavailable: 1, canary: true, wordMs: 1 } })).toEqual([
      'w',
      'x',
      'a',
    ])
    const alone = ['a', 'b', 'c'].map((name) => controller(name, { waits: ['mesos-agent'] }))
    expect(wholeOrder(alone)).toEqual(['a', 'b+c'])
  })

  test('has no controller for its canary because a worker has not seen the change yet', () => {
    const late = worker('w', { version: 0, waits: [] })
    const first = controller('a', { waits: ['mesos-agent'] })
    expect(whoIsNext([first, late])).toBe('w to see what version 1 of the document says of programs')
    expect(whoIsNext([first, worker('w')])).toEqual(['w'])
    expect(whoIsNext([first, machine('w', { waits: [] })])).toEqual(['a'])
  })

  test('has as many workers away as may be, and no canary where none is wished', () => {
    const workers = Array.from({ length: 20 }, (_, at) => worker(`w${at}`))
    const limits = { canary: false, wordMs: 1 }
    expect(whoIsNext(workers, running, { limits: { ...limits, maxUnavailable: 3 } })).toHaveLength(3)
    expect(whoIsNext(workers, running, { limits: { ...limits, maxUnavailable: '25%' } })).toHaveLength(5)
    expect(whoIsNext(workers, running, { limits: { ...limits, maxUnavailable: '1%' } })).toHaveLength(1)
    const ill = [...workers, machine('y', { ready: false }), machine('z', { ready: false })]
    expect(whoIsNext(ill, running, { limits: { ...limits, maxUnavailable: 3 } })).toHaveLength(1)
    expect(whoIsNext(ill, running, { limits: { ...limits, maxUnavailable: 2 } })).toBe(
      'y to be ready: 2 are not, and 2 may be away',
    )
  })
})

describe('a rollout', () => {
  test('goes on with a version that says the same of programs, with machines that have seen either', () => {
    const live = { document: { ...document(1), version: 2 } }
    const [a, b] = [
      controller('a', { version: 1 }),
      controller('b', { version: 2, digest: document(1).digest }),
    ]
    expect(next(running, facts([a, b], live))).toMatchObject({ rollout: { step: 1, change: { version: 1 } } })
    const halted = halt(running, 'a failed')
    expect(next(halted, facts([a, b], live))).toMatchObject({ kind: 'wait' })
    expect(next(finish(running), facts([machine('a')], live))).toEqual({ kind: 'rest' })
    expect(next(running, facts([machine('a')], live))).toMatchObject({ rollout: { state: 'done' } })
  })

  test('begins when a machine waits, and is done when all have seen the version and none waits', () => {
    expect(next(undefined, facts([machine('a')]))).toEqual({ kind: 'rest' })
    expect(next(undefined, facts([controller('a')]))).toEqual({ kind: 'write', rollout: running })
    expect(next(running, facts([machine('a', { version: 0 })]))).toMatchObject({
      for: 'a to see what version 1 of the document says of programs',
    })
    const done = next(running, facts([machine('a')]))
    expect(done).toMatchObject({ kind: 'write', rollout: { state: 'done' } })
    // One that was away comes back.
    expect(next(finish(running), facts([worker('late')]))).toMatchObject({ rollout: { state: 'running' } })
  })

  test('gives no permit to a controller while another one has not seen the version', () => {
    expect(whoIsNext([controller('a'), controller('b', { version: 0 })])).toBe(
      'b to see what version 1 of the document says of programs',
    )
    // Whatever has been written since that says the same of them.
    const live = { document: { ...document(1), version: 9 } }
    expect(whoIsNext([controller('a'), controller('b', { version: 0 })], running, live)).toContain(
      'version 1',
    )
  })

  test('waits for a machine that runs an older meshbox, and so does not tell what it has seen, to be upgraded', () => {
    const older = { version: 1, digest: undefined, waits: [] }
    const why = 'b to be upgraded: it runs an older meshbox, which does not tell what it has seen'
    expect(whoIsNext([controller('a'), controller('b', older)])).toBe(why)
    expect(next(running, facts([machine('a'), machine('b', older)]))).toEqual({ kind: 'wait', for: why })
    // One that has come just now has seen no document yet.
    const fresh = machine('c', { digest: undefined })
    expect(whoIsNext([machine('a'), { ...fresh, version: undefined }])).toContain('c to see')
  })

  test('gives no permit while a part of the control plane does not serve', () => {
    const lack = { part: 'zookeeper' as const, id: 'id-b', why: 'ZooKeeper to serve at b' }
    const lacks = [lack]
    expect(whoIsNext([controller('a'), worker('w')], running, { lacks })).toBe(lack.why)
    // Who does not serve takes nothing away, and may be mended by the change.
    expect(whoIsNext([controller('a'), controller('b', { serves: [] })], running, { lacks })).toEqual(['b'])
    const broken = ['a', 'b'].map((name) => controller(name, { waits: ['mesos-master'], serves: [] }))
    const leaderless = [{ part: 'mesos-master' as const, why: 'a master to lead' }]
    expect(whoIsNext(broken, running, { lacks: leaderless })).toEqual(['a'])
    expect(whoIsNext([worker('w')], running, { lacks: leaderless })).toBe('a master to lead')
  })

  test('that goes back to older versions has the workers first', () => {
    const back = [controller('a', { waits: ['mesos-agent', 'mesos-master'] }), worker('w')]
    expect(wholeOrder(back)).toEqual(['w', 'a'])
    const forth = [controller('a', { waits: ['mesos-master', 'mesos-agent'] }), worker('w')]
    expect(wholeOrder(forth)).toEqual(['a', 'w'])
  })

  test('halts when a word does not come in time, goes on by a word alone, and knows it when it comes late', () => {
    const open = grant(running, [{ id: 'id-a', name: 'a' }])
    const late = next(open, facts([controller('b')], { waitedMs: 1001 }))
    if (late.kind !== 'write') throw new Error('it goes on')
    expect(late.rollout).toMatchObject({ state: 'halted', permit: { step: 1 } })
    expect(late.rollout.why).toBe('a has not said within 1 s that it is done, nor that it has begun')
    const begun = next(claim(open, 1, 'id-a'), facts([controller('b')], { waitedMs: 1001 }))
    expect(begun).toMatchObject({ rollout: { why: expect.stringContaining('and may still do its step') } })
    expect(whoIsNext([controller('b')], late.rollout, { waitedMs: 1e9 })).toBe('the word of a')
    // Nor does somebody's word to go on give a second permit.
    expect(whoIsNext([controller('b')], resume(late.rollout))).toBe('the word of a')
    const spoken = speak(late.rollout, 1, 'id-a', { kind: 'done' })
    expect(spoken).toMatchObject({ state: 'halted', past: [{ name: 'a', kind: 'done', step: 1 }] })
    expect(spoken?.why).toBe('a said late that it is done')
    const reason = 'the rollout has halted'
    expect(speak(late.rollout, 1, 'id-a', { kind: 'skipped', reason })?.why).toBe(
      'a did nothing: the rollout has halted',
    )
    expect(speak(late.rollout, 1, 'id-a', { kind: 'failed', reason: 'exit code 1' })?.why).toBe(
      'a failed: exit code 1',
    )
    expect(whoIsNext([controller('b')], spoken)).toContain('somebody who resumes it')
    expect(spoken && whoIsNext([controller('b')], resume(spoken))).toEqual(['b'])
    // That the machine is off is an operator's word.
    expect(withdraw(late.rollout, 'b')).toBe(late.rollout)
    expect(withdraw(late.rollout, 'a').permit).toBeUndefined()
  })

  test('that was aborted says whose word keeps it open, and stays aborted when that comes or is waited for no more', () => {
    const open = abort(grant(running, [{ id: 'id-a', name: 'a' }]))
    const newer = { document: document(2), waitedMs: 1001 }
    const others = [worker('w', { version: 2 })]
    expect(whoIsNext(others, open, { ...newer, waitedMs: 999 })).toBe('the word of a')
    const late = next(open, facts(others, newer))
    if (late.kind !== 'write') throw new Error('it waits')
    const why = 'a has not said within 1 s that it is done, nor that it has begun'
    expect(late.rollout).toEqual({ ...open, why })
    expect(whoIsNext(others, late.rollout, newer)).toBe('the word of a')
    const spoken = speak(late.rollout, 1, 'id-a', { kind: 'done' })
    const off = withdraw(late.rollout, 'a')
    for (const over of [spoken, off]) {
      expect(over).toMatchObject({ state: 'aborted', past: [{ name: 'a' }] })
      expect(over?.why).toBeUndefined()
      expect(next(over, facts(others, newer))).toMatchObject({ rollout: { change: { version: 2 } } })
    }
  })

  test('halts when a machine fails, says why, and goes on with it when somebody resumes', () => {
    const open = grant(running, [{ id: 'id-a', name: 'a' }])
    const failed = speak(open, 1, 'id-a', { kind: 'failed', reason: 'it ended with exit code 1' })
    expect(failed).toMatchObject({ state: 'halted', why: 'a failed: it ended with exit code 1' })
    expect(failed && whoIsNext([controller('a')], resume(failed))).toEqual(['a'])
    // Another document begins anew, and what waits for nothing is done with.
    const mended = failed && next(failed, facts([machine('a', { version: 2 })], { document: document(2) }))
    expect(mended).toMatchObject({ rollout: { state: 'running', change: { version: 2 }, past: [], step: 1 } })
  })

  test('of a batch tells of the first that failed, and of those that are late until the last has spoken', () => {
    const batch = grant(running, [
      { id: 'id-a', name: 'a' },
      { id: 'id-b', name: 'b' },
    ])
    const say = (on: Rollout | undefined, id: string, kind: Word['kind'], reason = 'x') =>
      on && speak(on, 1, id, { kind, reason })
    expect(say(say(batch, 'id-a', 'failed', 'first'), 'id-b', 'failed')?.why).toBe('a failed: first')
    expect(say(say(batch, 'id-a', 'failed', 'first'), 'id-b', 'done')?.why).toBe('a failed: first')
    expect(say(abort(batch), 'id-a', 'failed')).toMatchObject({ state: 'aborted' })
    const late = halt(batch, 'a, b has not said')
    expect(say(late, 'id-a', 'done')?.why).toBe('a, b has not said')
    expect(say(say(late, 'id-a', 'done'), 'id-b', 'failed')?.why).toBe('b failed: x')
    expect(say(say(late, 'id-a', 'failed', 'first'), 'id-b', 'done')?.why).toBe('a failed: first')
  })

  test('remembers what was proven last, whatever came to no end since', () => {
    const proven = finish(begin(undefined, change(5)))
    const halted = halt(begin(proven, change(8)), 'x')
    expect(wayBack(halted)).toBe(5)
    expect(wayBack(begin(halted, change(9)))).toBe(5)
    expect(wayBack(begin(abort(halted), change(10)))).toBe(5)
    expect(wayBack(begin(finish(begin(halted, change(9))), change(10)))).toBe(9)
    const controllers = { kind: 'controllers' as const, id: 'x', text: 'x' }
    expect(wayBack(begin(abort(halted), controllers))).toBe('undo')
    expect(wayBack(begin(finish(begin(abort(halted), controllers)), change(11)))).toBe(5)
    // Of what was proven elsewhere nothing before it helps a latecomer, and what comes next goes back to it.
    const again = next(proven, facts([worker('late', { version: 5 })], { document: document(5) }))
    const reopened = halt(again.kind === 'write' ? again.rollout : running, 'late failed')
    expect(reopened.state).toBe('halted')
    expect(wayBack(reopened)).toBeUndefined()
    expect(wayBack(begin(reopened, change(20)))).toBe(5)
    expect(wayBack(running)).toBeUndefined()
  })

  test('goes back to the newest version that says of programs what was proven, with what is live since', () => {
    const said: Record<string, string | undefined> = { A: 'dA', A2: 'dA', B: 'dB', B2: 'dB', C: 'dC' }
    const past = ['A', 'A2', 'broken', 'B', 'B2', 'C', 'A']
      .map((text, at) => ({ version: 5 + at, text }))
      .reverse()
    const from = (version: number, proven?: Sound) =>
      soundBefore(version, proven, past, (text) => said[text])?.version
    const proven = { version: 5, digest: 'dA' }
    // B was written in version 8; a live one has come before anybody began.
    expect(from(9, proven)).toBe(6)
    expect(from(10, proven)).toBe(6)
    expect(from(12, proven)).toBe(11)
    // Of one that is kept no more its number is known.
    expect(from(12, { version: 2, digest: 'dZ' })).toBe(2)
    // Before anything was proven all run by the oldest, whatever was written since.
    expect(from(9)).toBe(6)
    expect(from(10)).toBe(6)
    expect(from(5)).toBeUndefined()
    const begun = next(finish(begin(undefined, change(1))), {
      ...facts([worker('a', { version: 9 })], { document: document(9) }),
      sound: { version: 6, digest: 'd1' },
    })
    expect(begun.kind === 'write' && wayBack(begun.rollout)).toBe(6)
  })

  test('halts by the word of the machine that one has come back as without its disk, in its place and by its name', () => {
    const a = { id: 'id-a', name: 'a', address: '10.0.0.1' }
    const open = grant(running, [a])
    expect(inherit(open, a)).toBeUndefined()
    expect(inherit(open, { ...a, id: 'x', name: 'b' })).toBeUndefined()
    expect(inherit(open, { ...a, id: 'x', address: '10.0.0.2' })).toBeUndefined()
    const halted = inherit(open, { ...a, id: 'x' })
    expect(halted).toMatchObject({ state: 'halted', past: [{ id: 'id-a', kind: 'failed' }] })
    expect(halted?.why).toContain('its disk was lost in the middle of its step')
    expect(halted && whoIsNext([controller('b')], resume(halted))).toEqual(['b'])
    // What it has said of itself stands for as long as its session does, and it would have to give its word again.
    const both = [controller('a'), { ...controller('a'), id: 'x', waits: [] }, controller('b')]
    expect(halted && whoIsNext(both, resume(halted))).toEqual(['b'])
  })

  test('waits for one that is ready no more after its word, and halts when it does not become so', () => {
    const permitted = grant(running, [{ id: 'id-v', name: 'v' }])
    const said = (word: Partial<Word>) => speak(permitted, 1, 'id-v', { kind: 'done', ...word }) ?? permitted
    const fallen = machine('v', { ready: false })
    const two = [fallen, worker('w')]
    expect(whoIsNext(two, said({}))).toBe('v to be ready again')
    const halted = next(said({}), facts(two, { waitedMs: 1001 }))
    expect(halted).toMatchObject({
      rollout: { state: 'halted', why: 'v was done, and has not been ready for 1 s since' },
    })
    // Nor is the rollout done as long as the last of them is not ready.
    expect(whoIsNext([fallen], said({}))).toBe('v to be ready again')
    expect(whoIsNext(two, pause(said({})), { waitedMs: 1001 })).toBe('v to be ready again')
    expect(whoIsNext([machine('v'), worker('w')], said({}))).toEqual(['w'])
    // What has to change once more may be mended by it.
    expect(whoIsNext([worker('v', { ready: false })], said({}))).toEqual(['v'])
    // What did not run there before either is nothing that the change has done; nor what falls long after it was over.
    expect(whoIsNext(two, said({ excused: ['marathon'] }))).toEqual(['w'])
    const over = next(finish(said({})), facts(two))
    expect(over.kind === 'write' && whoIsNext(two, over.rollout)).toEqual(['w'])
  })

  test('takes another version once the open permit is answered', () => {
    const open = grant(running, [{ id: 'id-a', name: 'a' }])
    const newer = { document: document(2) }
    expect(whoIsNext([controller('b', { version: 2 })], open, newer)).toBe('the word of a')
    expect(() => begin(open, change(2))).toThrow('a may be changing')
  })

  test('and a change of controllers wait for each other', () => {
    const controllers = { kind: 'controllers' as const, id: 'x', text: 'the controllers become a, b, c' }
    expect(() => begin(running, controllers)).toThrow('version 1 of the document is under way')
    const other = begin(finish(running), controllers)
    expect(whoIsNext([controller('a')], other)).toBe('the end of the controllers become a, b, c')
    expect(() => begin(other, change(2))).toThrow('the controllers become a, b, c is under way')
    expect(next(finish(other), facts([controller('a')]))).toMatchObject({ rollout: { change: change(1) } })
  })

  test('that was aborted is not begun again by a change of controllers, after which others follow the new list', () => {
    const controllers = { kind: 'controllers' as const, id: 'x', text: 'the controllers become a, b' }
    const after = finish(begin(abort(running), controllers))
    const decide = (machines = [worker('w')], more: Partial<Facts> = {}) => {
      const decided = next(after, facts(machines, more))
      return decided.kind === 'write' ? decided.rollout : undefined
    }
    const begun = decide()
    expect(begun).toMatchObject({
      state: 'halted',
      why: expect.stringContaining('aborted before the controllers'),
    })
    expect(begun && whoIsNext([worker('w')], resume(begun))).toEqual(['w'])
    // Twice changed, and still.
    expect(begin(finish(begin(after, controllers)), change(1)).state).toBe('halted')
    // What says something else of programs is another one.
    expect(decide([worker('w', { version: 2 })], { document: document(2) })?.state).toBe('running')
    expect(begin(begin(after, change(2)), change(1)).state).toBe('running')
    // Nor does it matter that one was done before.
    expect(begin(finish(begin(finish(running), controllers)), change(1)).state).toBe('running')
  })

  test('of the controllers that was taken back, or whose ensemble is no more, is over, whatever anybody says', () => {
    const over = abort(begin(undefined, { kind: 'controllers', id: 'x', text: 'add b, c' }))
    expect(resume(over)).toBe(over)
    expect(resume(pause(over))).toEqual(over)
    expect(resume(abort(running)).state).toBe('running')
  })

  test('is paused for whichever change comes, aborted for one; to say so twice changes nothing', () => {
    const paused = pause(running)
    expect(whoIsNext([controller('a')], paused)).toBe('somebody who resumes it')
    expect(begin(paused, change(2)).paused).toBe(true)
    expect(whoIsNext([controller('a')], abort(running))).toBeUndefined()
    expect(begin(abort(running), change(2)).state).toBe('running')
    // What nobody has to wait for is done all the same, or the newest would be the one that was aborted for good.
    const newer = { document: document(2) }
    const live = next(abort(running), facts([machine('a', { version: 2 })], newer))
    expect(live).toMatchObject({ rollout: { state: 'running', change: change(2) } })
    const begun = live.kind === 'write' ? live.rollout : running
    expect(next(begun, facts([machine('a', { version: 2 })], newer))).toMatchObject({
      rollout: { state: 'done' },
    })
    for (const rollout of [running, paused, halt(running, 'x'), abort(running), finish(running)])
      for (const move of [pause, resume, abort, (one: Rollout) => halt(one, 'y')])
        expect(move(move(rollout))).toEqual(move(rollout))
    expect(resume(abort(running))).toEqual(running)
  })
})
