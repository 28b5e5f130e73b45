import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { seeded } from '../dns/fuzz.ts'
import { makeMachine, off } from './machine.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Date.now() % 2 ** 32)
const source = (name: string) => join(import.meta.dir, '..', '..', 'src', name)

/** Switches on and off for ever, on the machine in the folder that it is given. */
const flicker = `
import { openHostLookups } from '${source('dns/host/open.ts')}'
import { silentLog } from '${source('log.ts')}'
import { openStore } from '${source('store.ts')}'
const [root, storePath] = process.argv.slice(-2)
const run = async () => ({ code: 127, out: '' })
const meshbox = openHostLookups({ store: openStore(storePath), log: silentLog, root, run })
const wanted = { domain: 'mesos', address: '10.0.0.1', port: 53, forwards: true }
process.stdout.write('ready')
for (;;) for (const mode of ['auto', 'off']) await meshbox.apply({ ...wanted, mode })
`

test(`kill -9 at any moment: resolv.conf comes back byte for byte (MESHBOX_SEED=${seed})`, async () => {
  const random = seeded(seed)
  const machine = makeMachine()
  machine.put('/etc/resolv.conf', '# mine\nnameserver 192.0.2.1\n', 0o640)
  const before = machine.etc()
  for (let round = 0; round < 12; round++) {
    const child = Bun.spawn(
      [process.execPath, '-e', flicker, machine.path(''), join(machine.path(''), '..', 'store.db')],
      { stdout: 'pipe', stderr: 'inherit', env: { ...process.env, BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' } },
    )
    const ready = await child.stdout.getReader().read()
    expect(new TextDecoder().decode(ready.value)).toBe('ready')
    await Bun.sleep(random() * 40)
    child.kill('SIGKILL')
    await child.exited
    if (round % 3 === 0) continue
    const meshbox = machine.start()
    expect(await meshbox.apply(off)).toEqual({ kind: 'off' })
    expect(machine.etc()).toEqual(before)
    meshbox.stop()
  }
  const meshbox = machine.start()
  await meshbox.apply(off)
  expect(machine.etc()).toEqual(before)
  meshbox.stop()
  machine.remove()
})
