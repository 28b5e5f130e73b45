import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { appendFileSync, readFileSync } from 'node:fs'
import { systemClock } from '../../src/clock.ts'
import { clusterPaths } from '../../src/config/document/paths.ts'
import { sharedDocument } from '../../src/config/document/shared.ts'
import { openSession, type Session } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'
import { secretsAt } from '../zookeeper/secrets.ts'
import { makePlace, type Place } from './machine.ts'

setDefaultTimeout(180_000)

let place: Place
const config = (...argv: string[]) => place.meshbox('config', ...argv, '--data-dir', place.dataDir)

beforeAll(async () => {
  place = await makePlace()
  appendFileSync(
    place.configFile,
    `# who differs
roles: { controller: { mesos: { agent: { attributes: 'rack:r1' } } } }
selectors: [{ match: { attributes: { rack: r1 } }, dns: { soaExpire: 777 } }]
nodes: { a: { dns: { domain: here } }, b: { dns: { domain: there } } }
`,
  )
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  const argv = ['--simulated', '--name', 'a', '--config', place.configFile, '--data-dir', place.dataDir]
  expect(await place.meshbox('join', url, ...argv)).toMatchObject({ code: 0 })
})
afterAll(() => place.remove())

describe('layers', () => {
  test('are what the machine lives by, and are shown with their origin', async () => {
    await place.waitFor('its own domain', (now) => now.ready && now.machines[0]?.dns.domain === 'here')
    expect(await place.dig('leader.here', 'A')).toEqual(['127.0.0.1'])
    const rows = (await config('show', '--origin')).out.split('\n').map((line) => line.split(/ {2,}/))
    const row = (path: string) => rows.find(([name]) => name === path)?.slice(1)
    expect(row('dns.domain')).toEqual(['here', 'nodes.a'])
    expect(row('dns.soaExpire')).toEqual(['777', 'selectors.0'])
    expect(row('mesos.agent.attributes')).toEqual(['rack:r1', 'roles.controller'])
    expect(row('dns.timeout')).toEqual(['5', 'default'])
    expect(row('api.port')).toEqual([String(place.ports.api), 'document'])
    const other = JSON.parse((await config('show', '--node', 'b', '--json')).out)
    expect(other.dns).toMatchObject({ domain: 'there', soaExpire: 86400 })
  })
})

describe('changes', () => {
  test('set, get and unset options; comments stay, wrong ones change nothing', async () => {
    expect(
      await config('set', 'dns.soaRetry=77', 'dns.recursionAllow=10.0.0.0/8,127.0.0.1', '-m', 'a try'),
    ).toMatchObject({
      code: 0,
      out: 'version 1 written\n',
    })
    expect((await config('get', 'dns.soaRetry')).out).toBe('77\n')
    expect((await config('show')).out).toContain('# who differs\n')
    expect(await config('set', 'dns.soaRetry=77')).toMatchObject({
      out: 'nothing to change: version 1 is the same\n',
    })
    const wrong: [string, string][] = [
      ['dns.soaRetry=soon', 'dns.soaRetry: must be a whole number'],
      ['dns.soaRety=5', 'did you mean dns.soaRetry?'],
      ['dns.soaRetry', 'it has no value'],
      ['nodes.b.dns.port=0', 'nodes.b.dns.port'],
    ]
    for (const [argument, words] of wrong) {
      const { code, err } = await config('set', 'dns.ttl=9', argument)
      expect(code).toBe(2)
      expect(err).toContain(words)
    }
    expect((await config('get', 'dns.ttl')).out).toBe('2\n')
    expect(await config('set', '--node', 'b', 'dns.soaRetry=78')).toMatchObject({ code: 0 })
    expect((await config('get', 'dns.soaRetry', '--node', 'b')).out).toBe('78\n')
    expect((await config('get', 'dns.soaRetry')).out).toBe('77\n')
    expect(await config('unset', 'dns.soaRetry')).toMatchObject({ code: 0 })
    expect((await config('get', 'dns.soaRetry')).out).toBe('600\n')
    await place.waitFor('version 3', (now) => now.cluster.document?.version === 3)
  })

  test('edit opens the editor until the document is valid, or left alone', async () => {
    const script = `${place.dir}/editor.sh`
    // The first time it makes a fault, the second time it mends it; in between it keeps what it was shown.
    await Bun.write(
      script,
      `#!/bin/sh
echo x >> ${place.dir}/opened
cp "$1" ${place.dir}/shown.$(wc -l < ${place.dir}/opened)
if [ "$(wc -l < ${place.dir}/opened)" = 1 ]; then echo 'nmae: edited' >> "$1"; else sed -i 's/^nmae:/name:/' "$1"; fi
`,
    )
    place.env.VISUAL = `sh ${script}`
    const before = (await config('show')).out
    expect(await config('edit', '-m', 'by hand')).toMatchObject({ code: 0, out: 'version 4 written\n' })
    expect(await Bun.file(`${place.dir}/shown.2`).text()).toContain(
      '#! cannot take what you wrote: nmae is not known',
    )
    const after = (await config('show')).out
    expect(after).toBe(`${before.trimEnd()}\nname: edited\n`)
    place.env.VISUAL = 'true'
    expect(await config('edit')).toMatchObject({ code: 0, out: 'nothing was changed\n' })
    place.env.VISUAL = 'false'
    expect((await config('edit')).err).toContain('the editor "false" ended with 1')
  })

  test('are told by diff, and kept and brought back by the history', async () => {
    expect((await config('diff')).out).toBe('name: not set → edited\n')
    const text = (await config('show')).out
    await Bun.write(`${place.dir}/new.yaml`, text.replace('name: edited', 'name: applied # better'))
    const file = `${place.dir}/new.yaml`
    expect(await config('diff', file, '--exit-code')).toMatchObject({
      code: 4,
      out: 'name: edited → applied\n',
    })
    expect(await config('apply', file, '-m', 'reviewed')).toMatchObject({ code: 0 })
    expect(await config('diff', file, '--exit-code')).toMatchObject({ code: 0, out: '' })
    const rows = JSON.parse((await config('history', '--json')).out)
    expect(rows.map((row: { version: number; why?: string }) => [row.version, row.why])).toEqual([
      [5, 'reviewed'],
      [4, 'by hand'],
      [3, undefined],
      [2, undefined],
      [1, 'a try'],
      [0, undefined],
    ])
    expect(rows[0].who).toMatch(/^.+@a$/)
    expect(rows[4].how).toBe('set dns.soaRetry dns.recursionAllow')
    expect((await config('history')).out).toContain('unset dns.soaRetry')
    expect((await config('show', '--version', '4')).out).toBe(text)
    expect(await config('rollback', '4', '-m', 'was better')).toMatchObject({ out: 'version 6 written\n' })
    expect((await config('show')).out).toBe(text)
    expect((await config('apply', file, '--version', '3')).err).toContain(
      'version 3 was replaced by version 6 meanwhile and changed name too',
    )
    expect((await config('rollback', '77')).err).toContain('cannot find version 77')
    expect((await config('diff', '--version', '0', '--json')).out).toContain('"soaRetry"')
  })
})

describe('moving', () => {
  test('in from a folder, a file and a running master; what has no place is told', async () => {
    for (const [path, text] of [
      ['mesos/zk', 'zk://old:2181/mesos\n'],
      ['mesos-slave/?no-strict', ''],
      ['mesos-slave/executor_shutdown_grace_period', '7secs\n'],
      ['mesos-dns/config.json', '{"SOARetry": 88, "email": "x"}'],
    ])
      await Bun.write(`${place.dir}/old/etc/${path}`, text ?? '')
    const trial = await config('import', `${place.dir}/old`, '--dry-run')
    expect(trial).toMatchObject({ code: 0 })
    expect(trial.out).toContain('soaRetry: 88')
    expect(trial.err).toContain('join with it: `meshbox join zk://old:2181/mesos`')
    expect(trial.err).toContain('email: Mesos-DNS has no such key')
    expect((await config('get', 'dns.soaRetry')).out).toBe('600\n')
    expect(
      await config('import', `${place.dir}/old/etc/mesos-dns/config.json`, '-m', 'moving'),
    ).toMatchObject({ code: 0 })
    expect((await config('get', 'dns.soaRetry')).out).toBe('88\n')
    const running = await config('import', `http://127.0.0.1:${place.ports.master}`, '--dry-run')
    expect(running).toMatchObject({ code: 0 })
    expect(running.out).toContain(`port: ${place.ports.master}`)
    expect(running.err).toContain('it names one machine')
    await Bun.write(`${place.dir}/colour`, 'red')
    expect(await config('import', `${place.dir}/colour`)).toMatchObject({ code: 2 })
    expect(await config('import', `${place.dir}/nowhere`)).toMatchObject({ code: 2 })
  })

  test('out to Mesos-DNS and to the files of Mesosphere', async () => {
    const dns = await config('export', '--format', 'mesos-dns')
    expect(JSON.parse(dns.out)).toMatchObject({
      SOARetry: 88,
      domain: 'here',
      zk: expect.stringContaining('zk://127'),
    })
    expect(dns.err).toContain('mesos.master.port: it is not about names')
    expect(await config('export', '--format', 'mesosphere', '--output', `${place.dir}/etc`)).toMatchObject({
      code: 0,
    })
    expect(await Bun.file(`${place.dir}/etc/mesos-master/port`).text()).toBe(`${place.ports.master}\n`)
    expect(await Bun.file(`${place.dir}/etc/mesos-slave/attributes`).text()).toBe('rack:r1\n')
    expect(await config('export', '--format', 'docx')).toMatchObject({ code: 2 })
  })
})

/** The agent dies, and is started again by a join. */
async function restartAgent(): Promise<void> {
  process.kill((await place.status())?.machines[0]?.pid ?? 0, 'SIGKILL')
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  await place.meshbox('join', url, '--simulated', '--data-dir', place.dataDir, '--timeout', '5')
}

describe('a document that somebody wrote past meshbox', () => {
  const path = '/meshbox/mesos/config'
  let session: Session
  beforeAll(() => {
    const servers = [{ host: '127.0.0.1', port: place.ports.zookeeper }]
    session = openSession({ servers }, systemClock, silentLog)
  })
  afterAll(() => session.close())

  /** The status with this problem of the document, and the API's word on it. */
  async function faultIs(words: string, version: number): Promise<void> {
    const told = await place.waitFor(words, (now) => now.cluster.document?.problem?.includes(words) ?? false)
    expect(told.cluster.document).toMatchObject({ version })
    expect(JSON.stringify(told.problems)).toContain(words)
    expect((await config('get', 'name')).out).toBe('edited\n')
  }

  test('is told, and not applied, until it is mended', async () => {
    // What was changed before may still be rolled out.
    await place.waitFor(
      'the end of the rollout',
      ({ ready, cluster: { pending, rollout } }) =>
        ready && pending === undefined && (rollout === undefined || rollout.state === 'done'),
    )
    const good = await session.read(path)
    const pids = await place.pids()
    await session.write(path, 'dns: { ttl: many }')
    await faultIs('version 8 is not applied: cannot take the shared document: dns.ttl', 7)
    expect((await config('show')).err).toContain('not applied: cannot take')
    await config('rollback', '7')
    const mended = await place.waitFor('the mended one', (now) => now.ready)
    expect(mended.cluster.document).toEqual({ version: 9 })
    expect((await session.read(path))?.data).toEqual(good?.data as Buffer)
    expect((await config('show', '--version', '8')).out).toBe('dns: { ttl: many }\n')
    expect(await place.pids()).toEqual(pids)
  })

  test('is not applied by an agent that starts meanwhile, which takes the last good one that it has missed', async () => {
    const agent = (await place.status())?.machines[0]?.pid ?? 0
    process.kill(agent, 'SIGSTOP')
    const paths = clusterPaths('/mesos')
    const past = sharedDocument(session, secretsAt(session, paths.secrets).secrets, paths, systemClock)
    const { version } = await past.edit([{ path: ['dns', 'soaRetry'], value: 79 }], {
      who: 'me',
      how: 'test',
    })
    await session.write(path, 'nmae: x')
    process.kill(agent, 'SIGCONT')
    await restartAgent()
    await faultIs(`version ${version + 1} is not applied: cannot take the shared document: nmae`, version)
    expect((await config('get', 'dns.soaRetry')).out).toBe('79\n')
    await restartAgent()
    await faultIs(`version ${version + 1} is not applied: cannot take the shared document: nmae`, version)
    expect(await config('rollback', '9')).toMatchObject({ code: 0 })
    await place.waitFor('the mended one', (now) => now.ready)
  })

  test.each([
    ['garbage', Buffer.from([0xff, 0xfe, 0x00, 0x80]), 'it is no UTF-8 text'],
    ['a text that is no document', Buffer.from('hello'), 'the document must be a mapping of keys to values'],
    ['the end of a document', Buffer.from('name: [x'), 'line 1'],
    ['nearly all that a znode can hold', Buffer.alloc(1_040_000, 'x'), 'the document must be a mapping'],
  ])('may be %s', async (_, data, words) => {
    const version = (await place.status())?.cluster.document?.version ?? 0
    await session.write(path, data)
    await faultIs(words, version)
    expect(await config('rollback', String(version))).toMatchObject({ code: 0 })
    await place.waitFor('the mended one', (now) => now.ready)
  })

  test('or removed: the last one stays, also for an agent that starts meanwhile, and comes back by a rollback', async () => {
    const good = await session.read(path)
    const version = (await place.status())?.cluster.document?.version ?? 0
    await session.remove(path)
    await faultIs('the shared document was removed', version)
    await restartAgent()
    await faultIs('the shared document was removed', version)
    expect((await config('set', 'dns.ttl=9')).err).toContain('meshbox config rollback VERSION')
    expect(await config('rollback', String(version))).toMatchObject({ code: 0, out: 'version 0 written\n' })
    const mended = await place.waitFor('the mended one', (now) => now.ready)
    expect(mended.cluster.document).toEqual({ version: 0 })
    expect((await session.read(path))?.data).toEqual(good?.data as Buffer)
  })
})

describe('the plan', () => {
  const plan = (...argv: string[]) => place.meshbox('plan', ...argv, '--data-dir', place.dataDir)
  const rollout = (...argv: string[]) => place.meshbox('rollout', ...argv, '--data-dir', place.dataDir)

  test('shows what a file would do, waits with what rolls, and applies it when told to', async () => {
    // The name that the tests above gave is the masters' too.
    expect(await rollout('resume')).toMatchObject({ code: 0 })
    expect(await rollout('status', '--wait')).toMatchObject({ code: 0 })
    expect(await plan('--exit-code')).toMatchObject({
      code: 0,
      out: 'nothing to do: all is as the document says\n',
    })
    const pids = await place.pids()
    await Bun.write(
      `${place.dir}/ticks.yaml`,
      (await config('show')).out.replace('zookeeper: {', 'zookeeper: { tickTime: 3000,'),
    )
    const would = await plan(`${place.dir}/ticks.yaml`, '--exit-code', '--json')
    expect(would.code).toBe(4)
    expect(JSON.parse(would.out)).toMatchObject([
      {
        part: 'zookeeper',
        kind: 'restart',
        waits: true,
        options: [{ option: 'zookeeper.tickTime', from: 2000, to: 3000 }],
      },
    ])
    expect(await plan('--exit-code')).toMatchObject({ code: 0 })

    expect(await rollout('pause')).toMatchObject({ code: 0 })
    expect(await config('set', 'zookeeper.tickTime=3000', 'dns.ttl=3')).toMatchObject({ code: 0 })
    const waiting = await place.waitFor('what waits', (now) => now.cluster.pending !== undefined)
    expect(waiting.cluster.pending).toEqual(['zookeeper.tickTime'])
    await place.waitFor('what does not', (now) => now.ready)
    expect((await config('get', 'dns.ttl')).out).toBe('3\n')
    const shown = await plan()
    expect(shown.out).toContain('restart zookeeper\n  zookeeper.tickTime: 2000 → 3000\n')
    expect(shown.out).toContain('when it is this machine’s turn')
    expect(await place.pids()).toEqual(pids)

    // An agent that starts again does not take it for somebody's word.
    await restartAgent()
    expect((await place.status())?.cluster.pending).toEqual(['zookeeper.tickTime'])
    expect(await place.pids()).toEqual(pids)

    expect(await rollout('resume')).toMatchObject({ code: 0 })
    expect(await rollout('status', '--wait')).toMatchObject({ code: 0 })
    expect(readFileSync(`${place.dataDir}/state/zookeeper/conf/zoo.cfg`, 'utf8')).toContain('tickTime=3000\n')
    const after = await place.waitFor('the end of it', (now) => now.ready)
    expect(after.cluster.pending).toBeUndefined()
    const { zookeeper, ...others } = await place.pids()
    expect(zookeeper).not.toBe(pids.zookeeper)
    expect(others).toEqual(Object.fromEntries(Object.entries(pids).filter(([name]) => name !== 'zookeeper')))
    expect(await plan('--exit-code')).toMatchObject({ code: 0 })
  })
})
