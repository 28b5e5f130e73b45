import { expect, test } from 'bun:test'
import { controller, document, facts, worker } from '../../../test/disorder/machines.ts'
import { abort, claim, pause, resume, speak } from './moves.ts'
import { type Facts, isFor, next } from './next.ts'
import type { Seen } from './order.ts'
import { isOpenFor, type Rollout, silent, type Word, whyNoneBegins } from './rollout.ts'
import { soundBefore } from './sound.ts'
import { documentFor } from './view.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = process.env.MESHBOX_LONG ? 2000 : 100
let drawn = seed
const draw = (below: number) => {
  drawn = (Math.imul(drawn, 1103515245) + 12345) & 0x7fffffff
  return (drawn >> 8) % below
}
const oneOf = <T>(list: T[]): T => list[draw(list.length)] as T

/** As it stands in ZooKeeper, and which of its versions that is. */
type Stand = { rollout: Rollout | undefined; at: number }
/** What one that decides has looked at: the rollout first, and the rest later. */
type View = { on: Stand; facts: Facts }

/**
 * Machines that act, sleep at any point, wake and speak twice, that leave, come, and refuse a document; several that decide by
 * what they have looked at a while ago; people who pause, resume and abort; and documents, most of which change nothing but
 * what is live.
 */
function disorder(round: number): void {
  const first = { version: 0, digest: document(0).digest, waits: [] }
  const machines: Seen[] = [
    ...['a', 'b', 'c'].map((name) => controller(name, first)),
    ...['w', 'x', 'y', 'z'].map((name) => worker(name, first)),
  ]
  const documents = [document(0)]
  let ill = false
  let stands: Stand = { rollout: undefined, at: 0 }
  /** What deciders have read of the rollout, and what they have seen since; some of it long ago. */
  const read = [stands]
  let views: View[] = []
  /** Not in touch with ZooKeeper, by their ids. */
  const asleep = new Set<string>()
  /** Between its claim and its word a machine may be restarting something. */
  const acting = new Map<string, { step: number; control: boolean }>()
  const words: { step: number; id: string }[] = []
  const proven = new Set<string>()
  let arrivals = 0
  const told = { seed, round }

  function must(holds: boolean, what: string, more: object = {}): void {
    if (!holds) throw new Error(`${what}: ${JSON.stringify({ ...told, ...more })}`)
  }

  const newest = () => documents.at(-1) ?? document(0)
  const awake = () => machines.filter(({ id }) => !asleep.has(id))

  /** As ZooKeeper takes a write: on the version that it was made from, or not at all. */
  function write(on: Stand, rollout: Rollout | undefined): boolean {
    if (!rollout || on.at !== stands.at) return false
    const before = stands.rollout
    const same = !before?.permit || !rollout.permit || before.permit.step === rollout.permit.step
    must(same, 'two permits are open', { before, rollout })
    must(rollout.step >= (before?.step ?? 0), 'steps go back')
    checkChange(before?.change, rollout)
    stands = { rollout, at: stands.at + 1 }
    read.push(stands)
    return true
  }

  /** Only something else of programs begins another rollout, and nothing older. What one goes back to was proven. */
  function checkChange(before: Rollout['change'] | undefined, { change, state, sound }: Rollout): void {
    if (change.kind !== 'document') throw new Error('nobody changes the controllers here')
    if (before?.kind === 'document' && before.version !== change.version) {
      must(before.version < change.version, 'an older document is rolled out', { before, change })
      must(before.digest !== change.digest, 'it begins anew for what is live', { before, change })
    }
    if (state === 'done') proven.add(change.digest)
    if (!sound) return
    expect({ ...told, sound }).toEqual({ ...told, sound: documents[sound.version] ?? document(-1) })
    must(proven.size === 0 || proven.has(sound.digest), 'it goes back to what nobody has proven', { sound })
  }

  function see(one: Seen): void {
    const { version, digest } = newest()
    if (acting.has(one.id) || one.refuses) return
    one.version = version
    if (one.digest === digest) return
    one.digest = digest
    one.waits = draw(4) === 0 ? [] : one.controller ? ['zookeeper'] : ['mesos-agent']
  }

  function look(on: Stand, waitedMs = draw(1500)): View | undefined {
    const decider = oneOf(awake().filter((one) => one.controller))
    if (!decider) return undefined
    see(decider)
    const own = decider.refuses ? documents[decider.version ?? 0] : newest()
    const seen = awake().map((each) => ({ ...each, waits: [...each.waits], leads: [...each.leads] }))
    const now = documentFor(own, newest().version, seen, on.rollout)
    const past = documents.map(({ version, digest }) => ({ version, text: digest })).reverse()
    const begins = now && !(on.rollout && isFor(on.rollout.change, now))
    const sound = begins ? soundBefore(now.version, on.rollout?.sound, past, (text) => text) : undefined
    const lacking = ['id-a', 'id-b', 'id-c'].filter((id) => asleep.has(id) || (ill && id === 'id-c'))
    const lacks = lacking.map((id) => ({
      part: 'zookeeper' as const,
      id,
      why: `ZooKeeper to serve at ${id}`,
    }))
    return { on, facts: facts(seen, { document: now, waitedMs, lacks, ...(sound ? { sound } : {}) }) }
  }

  function decide({ on, facts }: View): ReturnType<typeof next>['kind'] {
    const decided = next(on.rollout, facts)
    if (decided.kind !== 'write' || !write(on, decided.rollout)) return decided.kind
    const { permit } = decided.rollout
    if (!permit || on.rollout?.permit) return 'write'
    const waiting = facts.machines.filter(({ waits }) => waits.includes('zookeeper'))
    const followers = waiting.filter(({ leads }) => !leads.includes('zookeeper'))
    const leader = waiting.find(({ leads }) => leads.includes('zookeeper'))
    const leaderGoes = permit.machines.some(({ id }) => id === leader?.id)
    must(!leaderGoes || followers.length === 0, 'the leader goes before followers', { followers })
    return 'write'
  }

  function say(id: string, step: number, kind: Word['kind']): boolean {
    const isTaken = stands.rollout !== undefined && write(stands, speak(stands.rollout, step, id, { kind }))
    if (isTaken) words.push({ step, id })
    return isTaken
  }

  const happenings: (() => void)[] = [
    function decides() {
      const view = look(stands)
      if (view) decide(view)
    },
    function looks() {
      const view = look(draw(3) === 0 ? oneOf(read) : stands)
      if (view) views.push(view)
    },
    function decidesByWhatItHasSeen() {
      const view = draw(2) === 0 ? views.at(-1) : oneOf(views)
      if (view) decide(view)
    },
    function claims() {
      const { rollout } = stands
      const one = oneOf(awake())
      if (!one || !rollout?.permit || !isOpenFor(rollout, one.id) || acting.has(one.id)) return
      const { change, step } = rollout
      if (whyNoneBegins(rollout) !== undefined) say(one.id, step, 'skipped')
      else if (change.kind === 'document' && one.digest !== change.digest) {
        see(one)
        if ((one.version ?? 0) > change.version) say(one.id, step, 'skipped')
      } else if (write(stands, claim(rollout, step, one.id)))
        acting.set(one.id, { step, control: one.waits.includes('zookeeper') })
    },
    function speaks() {
      const [id, { step }] = oneOf([...acting].filter(([each]) => !asleep.has(each))) ?? ['', { step: 0 }]
      const one = machines.find((each) => each.id === id)
      if (!one) return
      acting.delete(id)
      const kind = draw(5) === 0 ? 'failed' : 'done'
      if (kind === 'done') one.waits = []
      expect(say(id, step, kind)).toBe(true)
    },
    function speaksAgain() {
      const word = oneOf(words)
      if (word && stands.rollout)
        expect(speak(stands.rollout, word.step, word.id, { kind: 'done' })).toBeUndefined()
    },
    function people() {
      if (stands.rollout) write(stands, oneOf([pause, resume, resume, resume, abort])(stands.rollout))
    },
    function writesDocument() {
      const { version, digest } = newest()
      if (draw(4) === 0)
        documents.push(draw(3) === 0 ? document(version + 1) : { version: version + 1, digest })
    },
    function sees() {
      const one = oneOf(awake())
      if (one) see(one)
    },
    function refuses() {
      const one = oneOf(machines)
      one.refuses = one.version !== undefined && one.version !== newest().version && draw(4) === 0
    },
    function sleeps() {
      const { id } = oneOf(machines)
      if (!asleep.delete(id) && draw(4) === 0) asleep.add(id)
    },
    function leaves() {
      const one = oneOf(awake().filter(({ id, controller }) => !controller && !acting.has(id)))
      if (!one || machines.length < 6 || draw(10) > 0) return
      machines.splice(machines.indexOf(one), 1)
      // Its last word comes when those who have seen it still have decided.
      views = []
      say(one.id, stands.rollout?.step ?? 0, 'skipped')
    },
    function comes() {
      if (machines.length > 8 || draw(10) > 0) return
      arrivals++
      machines.push({ ...worker(`n${arrivals}`, { waits: [] }), version: undefined, digest: undefined })
    },
    function leads() {
      const leader = draw(3)
      machines.forEach((one, at) => {
        one.leads = at === leader ? ['zookeeper'] : []
      })
    },
    function falls() {
      ill = draw(3) === 0
    },
  ]
  for (let turn = 0; turn < 400; turn++) {
    oneOf(happenings)()
    const steps = new Set([...acting.values()].map(({ step }) => step))
    const controls = [...acting.values()].filter(({ control }) => control)
    const alone = steps.size < 2 && (controls.length === 0 || acting.size === 1) && acting.size < 3
    must(alone, 'machines change beside each other', { acting: [...acting] })
  }
  comesToItsEnd()

  /** Once nothing disturbs it, and somebody has said that it goes on. */
  function comesToItsEnd(): void {
    ill = false
    asleep.clear()
    acting.clear()
    for (let turn = 0; ; turn++) {
      must(turn < 200, 'it comes to no end', { stands, machines })
      for (const one of machines) {
        one.refuses = false
        see(one)
      }
      const { rollout } = stands
      const held = rollout ? silent(rollout) : []
      for (const { id } of held) {
        const one = machines.find((each) => each.id === id)
        must(one !== undefined, 'one that has left keeps a permit', { id })
        if (one) one.waits = []
        say(id, rollout?.step ?? 0, 'done')
      }
      if (held.length > 0) continue
      const view = look(stands, 0)
      if (rollout && !Bun.deepEquals(resume(rollout), rollout)) write(stands, resume(rollout))
      else if (view && decide(view) === 'rest') break
    }
    const waiting = machines.filter(({ waits }) => waits.length > 0)
    must(waiting.length === 0 && (stands.rollout?.state ?? 'done') === 'done', 'it ends too early', {
      waiting,
    })
  }
}

test('in whatever disorder there is one permit, one machine of the control plane at it, each word counts once, and all ends', () => {
  for (let round = 0; round < rounds; round++) disorder(round)
})
