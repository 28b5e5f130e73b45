import { describe, expect, test } from 'bun:test'
import { serversOf } from '../../src/dns/host/resolv-conf.ts'
import { marker } from '../../src/dns/host/wanted.ts'
import { seeded } from '../dns/fuzz.ts'
import { addResolvconf, addResolved, auto, type Crash, type Machine, makeMachine, off } from './machine.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Date.now() % 2 ** 32)
const original = 'search a.example\nnameserver 192.0.2.1\noptions ndots:2\n'
const rounds = process.env.MESHBOX_LONG ? 1000 : 60
/** More than any change takes. */
const mostEffects = 40

/** Each kind of machine, and what tells that the domain goes to meshbox. */
const kinds: Record<string, (machine: Machine) => () => boolean> = {
  'resolv.conf': (machine) => {
    machine.put('/etc/resolv.conf', original, 0o640)
    return () => serversOf(machine.text('/etc/resolv.conf')).join() === '10.0.0.1,192.0.2.1'
  },
  'no resolv.conf': (machine) => () => machine.etc().length > 0,
  'a resolv.conf that is mounted': (machine) => {
    machine.put('/etc/resolv.conf', original, 0o640)
    machine.mounted = '/etc/resolv.conf'
    return () => serversOf(machine.text('/etc/resolv.conf')).join() === '10.0.0.1,192.0.2.1'
  },
  'a linked resolv.conf': (machine) => {
    machine.put('/etc/resolv.conf.static', original)
    machine.link('/etc/resolv.conf', 'resolv.conf.static')
    return () => serversOf(machine.text('/etc/resolv.conf')).join() === '10.0.0.1,192.0.2.1'
  },
  'systemd-resolved that knows delegates': (machine) => {
    const { asks } = addResolved(machine, 258)
    return () => asks().includes('DNS=10.0.0.1')
  },
  'systemd-resolved before': (machine) => {
    const { asks } = addResolved(machine)
    return () => asks() === '~mesos 10.0.0.1'
  },
  resolvconf: (machine) => {
    const { records } = addResolvconf(machine)
    return () => records.has('lo.meshbox')
  },
}

/** Runs until the crash, or to the end; true when it came to the end. */
async function attempt(machine: Machine, mode: 'auto' | 'off', crash?: Crash): Promise<boolean> {
  const meshbox = machine.start(crash)
  try {
    const status = await meshbox.apply({ ...auto, mode })
    expect(status.kind).toBe(mode === 'off' ? 'off' : 'active')
    return true
  } catch (error) {
    expect(crash).toBeDefined()
    expect(String(error)).toMatch(/crashed|closed/)
    return false
  } finally {
    meshbox.stop()
  }
}

describe('a crash at each effect leaves nothing behind', () => {
  for (const [name, make] of Object.entries(kinds))
    for (const mode of ['auto', 'off'] as const)
      test(`${name}, while switched to ${mode}`, async () => {
        let crashes = 0
        for (const when of ['before', 'half', 'after'] as const)
          for (let step = 0; step < mostEffects; step++) {
            const machine = makeMachine()
            const works = make(machine)
            const before = machine.etc()
            if (mode === 'off') await attempt(machine, 'auto')
            const ended = await attempt(machine, mode, { step, when })
            if (!ended) {
              crashes++
              if (step % 2 === 0) {
                await attempt(machine, 'auto')
                expect(works()).toBe(true)
              }
              await attempt(machine, 'off')
              expect(machine.etc()).toEqual(before)
              expect(works()).toBe(false)
            }
            machine.remove()
            if (ended) break
          }
        expect(crashes).toBeGreaterThan(2)
      })
})

test(`whatever resolv.conf says and wherever it crashes, it comes back byte for byte (MESHBOX_SEED=${seed})`, async () => {
  const random = seeded(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const lines = [
    'nameserver 192.0.2.1\n',
    'nameserver 10.0.0.1\n',
    'nameserver\t2001:db8::1%eth0\r\n',
    ' nameserver 192.0.2.3\n',
    'search a.example b.example\n',
    'domain a.example\n',
    'options ndots:5 timeout:1\n',
    'options rotate\n',
    '# a comment \xe4\xf6\xfc\n',
    '; another',
    '\0\x7f\xff',
    '\n',
    'sortlist 192.0.2.0/255.255.255.0\n',
  ]
  for (let round = 0; round < rounds; round++) {
    const machine = makeMachine()
    const text = Array.from({ length: below(9) }, () => lines[below(lines.length)]).join('')
    machine.put('/etc/resolv.conf', Buffer.from(text, 'latin1'), [0o644, 0o600, 0o444][below(3)])
    if (below(3) === 0) machine.mounted = '/etc/resolv.conf'
    const before = machine.etc()
    for (let starts = below(5); starts >= 0; starts--) {
      const when = (['before', 'half', 'after'] as const)[below(3)] ?? 'before'
      const meshbox = machine.start({ step: below(16), when })
      try {
        for (let calls = below(3); calls >= 0; calls--) {
          const status = await meshbox.apply({
            ...auto,
            mode: below(3) === 0 ? 'off' : 'auto',
            address: `10.0.0.${1 + below(3)}`,
          })
          if (status.kind === 'active')
            expect(serversOf(machine.text('/etc/resolv.conf'))[0]).toStartWith('10.0.0.')
          else expect(machine.etc()).toEqual(before)
        }
      } catch (error) {
        expect(String(error)).toMatch(/crashed|closed/)
      }
      meshbox.stop()
    }
    const last = machine.start()
    expect(await last.apply(off)).toEqual({ kind: 'off' })
    expect(machine.etc()).toEqual(before)
    expect(machine.text('/etc/resolv.conf')).not.toContain(marker)
    last.stop()
    machine.remove()
  }
}, 300_000)
