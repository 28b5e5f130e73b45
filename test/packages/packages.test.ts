import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock, until } from '../../src/clock.ts'
import { type PackagesConfig, packagesSchema } from '../../src/config/packages.ts'
import { silentLog } from '../../src/log.ts'
import { openStore, type Store } from '../../src/store.ts'
import { openPackages, type Packages } from '../../src/supervisor/provider/packages.ts'

setDefaultTimeout(30_000)

let dir: string
let store: Store
let packages: Packages
let changes: number

/** Waits are a hundredth of what they would be. */
const hasty: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms / 100, signal),
  after: (ms, run) => systemClock.after(ms / 100, run),
}

function open(): Packages {
  changes = 0
  return openPackages({
    folder: join(dir, 'packages'),
    store,
    root: false,
    systemd: false,
    clock: hasty,
    log: silentLog,
    random: () => 0,
    onChange() {
      changes++
      packages.fetch()
    },
  })
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mb-packages-'))
  store = openStore(join(dir, 'meshbox.db'))
  packages = open()
})
afterEach(async () => {
  await packages.close()
  store.close()
  rmSync(dir, { recursive: true, force: true })
})

/** What a document says of an archive that holds marathon in a version. */
function wishFor(version: string, more: { sha256?: string } = {}): PackagesConfig {
  const content = join(dir, `marathon-${version}`)
  mkdirSync(join(content, 'bin'), { recursive: true })
  writeFileSync(join(content, 'bin/marathon'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 })
  const file = join(dir, `${version}.tar.gz`)
  Bun.spawnSync(['tar', '-czf', file, '-C', dir, `marathon-${version}`])
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
  return packagesSchema.parse({
    marathon: { provider: 'archive', urls: [`file://${file}`], sha256, ...more },
  })
}

const look = (wishes: PackagesConfig) => packages.look(['marathon'], wishes).marathon

async function installed(wishes: PackagesConfig): Promise<string> {
  look(wishes)
  packages.fetch()
  const done = await until(systemClock, { everyMs: 10, timeoutMs: 10_000 }, () =>
    packages.status().every(({ state }) => state === 'installed') ? true : undefined,
  )
  if (!done) throw new Error(JSON.stringify(packages.status()))
  return versionOf(wishes)
}

function versionOf(wishes: PackagesConfig): string {
  const found = look(wishes)
  if (found.kind === 'absent') throw new Error(found.reason)
  return Bun.spawnSync(found.provided.command).stdout.toString().trim()
}

describe('programs from where the document says', () => {
  test('one that is not there is fetched, and told when it has come', async () => {
    const wishes = wishFor('1.0')
    expect(look(wishes)).toMatchObject({ kind: 'absent' })
    expect(packages.status()).toMatchObject([{ name: 'marathon', provider: 'archive', state: 'waiting' }])
    expect(await installed(wishes)).toBe('1.0')
    expect(changes).toBeGreaterThan(0)
  })

  test('what was installed is known after a restart, without a fetch', async () => {
    const wishes = wishFor('1.0')
    await installed(wishes)
    rmSync(join(dir, '1.0.tar.gz'))
    await packages.close()
    packages = open()
    expect(versionOf(wishes)).toBe('1.0')
    expect(packages.status()).toMatchObject([{ state: 'installed' }])
  })

  test('the old version goes on until the new one is there, and goes on when it never comes', async () => {
    const old = wishFor('1.0')
    await installed(old)
    const wrong = wishFor('2.0', { sha256: '0'.repeat(64) })
    expect(versionOf(wrong)).toBe('1.0')
    packages.fetch()
    await until(systemClock, { everyMs: 10, timeoutMs: 10_000 }, () =>
      packages.status()[0]?.state === 'failed' ? true : undefined,
    )
    expect(packages.status()).toMatchObject([{ state: 'failed' }])
    expect(packages.status()[0]?.reason).toContain('its sha256 is')
    expect(versionOf(wrong)).toBe('1.0')
    expect(await installed(wishFor('2.0'))).toBe('2.0')
  })

  test('back to the version before needs no download', async () => {
    const old = wishFor('1.0')
    await installed(old)
    await installed(wishFor('2.0'))
    rmSync(join(dir, '1.0.tar.gz'))
    expect(await installed(old)).toBe('1.0')
  })

  test('what cannot be had is tried again, and comes when it can be had', async () => {
    const wishes = wishFor('1.0')
    const file = join(dir, '1.0.tar.gz')
    const content = readFileSync(file)
    rmSync(file)
    look(wishes)
    packages.fetch()
    const failed = await until(systemClock, { everyMs: 5, timeoutMs: 10_000 }, () =>
      look(wishes).kind === 'absent' && packages.status()[0]?.state === 'failed' ? true : undefined,
    )
    expect(failed).toBe(true)
    writeFileSync(file, content)
    expect(await installed(wishes)).toBe('1.0')
  })

  test('apt is for root, and says so', async () => {
    look(packagesSchema.parse({ marathon: { provider: 'apt' } }))
    packages.fetch()
    await until(systemClock, { everyMs: 5, timeoutMs: 10_000 }, () =>
      packages.status()[0]?.state === 'failed' ? true : undefined,
    )
    expect(packages.status()[0]?.reason).toContain('cannot install marathon: only root can')
  })
})
