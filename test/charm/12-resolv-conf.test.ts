import { expect, test } from 'bun:test'
import { auto, makeMachine, off } from '../dns-host/machine.ts'

/** Point 12 of the charm's faults: resolv.conf was deleted, then restored from a backup that nothing had made. */
test('resolv.conf is saved before it is changed, is never missing, and is put back as it was', async () => {
  const machine = makeMachine()
  const original = 'search a.example\nnameserver 192.0.2.1\n'
  machine.put('/etc/resolv.conf', original, 0o640)
  const before = machine.etc()
  for (const mode of ['auto', 'off'] as const)
    for (let step = 0; ; step++) {
      const meshbox = machine.start({ step, when: 'after' })
      const status = await meshbox.apply({ ...auto, mode }).catch(() => undefined)
      meshbox.stop()
      const now = machine.text('/etc/resolv.conf')
      expect(now).toContain('nameserver 192.0.2.1\n')
      expect(now).toContain('search a.example\n')
      if (status !== undefined) break
    }
  const meshbox = machine.start()
  expect(await meshbox.apply(off)).toEqual({ kind: 'off' })
  expect(machine.etc()).toEqual(before)
  meshbox.stop()
  machine.remove()
})
