import { describe, expect, test } from 'bun:test'
import { recordedStarts } from '../../../test/simulated/failed-starts.ts'
import type { Shortage } from '../process/kernel-log.ts'
import type { Blame } from './life.ts'
import type { ServiceName } from './spec.ts'
import { verdictOf } from './verdict.ts'

const code = (number: number) => ({ kind: 'code' as const, code: number })

describe('the verdict on a program that ended', () => {
  test('quotes the line that tells why, not the stack trace after it', () => {
    const log = [
      'I1122 10:49:13.1 1 main.cpp:1] Starting',
      'F1122 10:49:13.2 1 process.cpp:1] Failed to initialize: Failed to bind on 127.0.0.1:5050: Address already in use [98]',
      '*** Check failure stack trace: ***',
      '    @     0x7f00  google::LogMessage::Fail()',
      '',
    ].join('\n')
    const { reason, hint } = verdictOf('mesos-master', { kind: 'signal', signal: 'SIGABRT' }, log)
    expect(reason).toStartWith('killed by SIGABRT; its last words: F1122')
    expect(reason).toEndWith('Address already in use [98]')
    expect(hint).toContain('another program has its port')
  })

  test('knows what Marathon means by its exit codes, and that only Marathon means it', () => {
    expect(verdictOf('marathon', code(103), '').reason).toBe('ended with exit code 103 (lost the leadership)')
    expect(verdictOf('zookeeper', code(103), '').reason).toBe('ended with exit code 103')
  })

  const known: [string, string][] = [
    [
      'EXIT with status 1: Failed to perform recovery: Incompatible agent info detected.',
      'reconfiguration_policy',
    ],
    ['java.lang.OutOfMemoryError: Java heap space', 'memory'],
    ['write: No space left on device', 'a disk is full'],
    ["Failed to load unknown flag 'wrk_dir'", 'config show'],
    ['Lost candidacy as a leader', 'ZooKeeper'],
    ['Failed to recover registrar: Failed to perform fetch within 1mins', 'quorum'],
  ]
  test.each(known)('knows what to do about "%s"', (line, hint) => {
    expect(verdictOf('mesos-agent', code(1), `${line}\n`).hint).toContain(hint)
  })

  test('says so when nothing is known', () => {
    expect(verdictOf('marathon', { kind: 'unknown' }, '')).toEqual({
      reason: 'ended (it was started by an agent before this one, so how is unknown)',
      blame: 'outside',
    })
  })

  const blamed: [string, Parameters<typeof verdictOf>, Blame][] = [
    ['a wrong flag', ['mesos-master', code(1), "Failed to load unknown flag 'x'"], 'own'],
    ['an end without words', ['zookeeper', code(1), ''], 'own'],
    ['an abort', ['mesos-agent', { kind: 'signal', signal: 'SIGABRT' }, 'Address already in use'], 'own'],
    ['a leader without ZooKeeper', ['mesos-master', code(1), 'Lost candidacy as a leader'], 'elsewhere'],
    [
      'a leader without a quorum',
      ['mesos-master', { kind: 'signal', signal: 'SIGABRT' }, 'Failed to perform fetch within 1mins'],
      'elsewhere',
    ],
    ['a Marathon without ZooKeeper', ['marathon', code(100), ''], 'elsewhere'],
    ['a Marathon with a wrong flag', ['marathon', code(112), ''], 'own'],
    ['a kill', ['zookeeper', { kind: 'signal', signal: 'SIGKILL' }, ''], 'outside'],
    ['a SIGTERM that Java exits by', ['zookeeper', code(143), ''], 'outside'],
  ]
  test.each(blamed)('blames %s on whom it is due', (_, ended, blame) => {
    expect(verdictOf(...ended).blame).toBe(blame)
  })

  test('knows what to do about each start of a real Mesos that was seen to fail', () => {
    const failed = recordedStarts().filter(({ status }) => status > 0 && status !== 143)
    expect(failed.length).toBeGreaterThan(50)
    for (const { title, status, lines } of failed) {
      const name = title.startsWith('mesosmaster') ? 'mesos-master' : 'mesos-agent'
      const exit = status === 134 ? ({ kind: 'signal', signal: 'SIGABRT' } as const) : code(status)
      const { reason, hint, blame } = verdictOf(name, exit, lines.join('\n'))
      const elsewhere = title.includes('without docker')
      expect({ title, blame, told: reason.includes('its last words') || lines.length === 0 }).toEqual({
        title,
        blame: elsewhere ? 'elsewhere' : 'own',
        told: true,
      })
      expect({ title, hint }).toEqual({ title, hint: expect.any(String) })
      expect(reason).not.toContain('for a list of supported flags')
    }
    const hintOf = (words: string) => {
      const found = failed.find(({ title }) => title.includes(words))
      return verdictOf('mesos-master', code(1), found?.lines.join('\n') ?? '').hint
    }
    const commandOf = (words: string) => {
      const found = failed.find(({ title }) => title.includes(words))
      const name = found?.title.startsWith('mesosmaster') ? 'mesos-master' : 'mesos-agent'
      return verdictOf(name, code(1), found?.lines.join('\n') ?? '').command
    }
    expect(commandOf('with other attributes')).toBe(
      'rm -f /var/lib/mesos/agent2/meta/slaves/latest && meshbox service start mesos-agent',
    )
    expect(commandOf('mesosmaster: unknown flag')).toBe(
      'meshbox config unset mesos.master.extraFlags.frobnicate',
    )
    expect(commandOf('bad attributes')).toBe('meshbox config unset mesos.agent.attributes')
    expect(commandOf('ports the wrong way')).toBe('meshbox config unset mesos.agent.resources')
    expect(commandOf('bad duration (no unit)')).toMatch(/^meshbox config unset mesos\.master\.\w+$/)
    expect(commandOf('mesosagent: work_dir is a file')).toBe('meshbox config unset mesos.agent.work_dir')
    expect(commandOf('no systemd running')).toBe(
      'meshbox config set mesos.agent.systemd_enable_support=false',
    )
    expect(commandOf('without docker')).toBeUndefined()
    expect(hintOf('in use by a running master')).toContain('another mesos-master')
    expect(hintOf('not an address of this machine')).toContain('ip addr')
    expect(hintOf('less memory')).toContain('work_dir')
    expect(hintOf('hybrid cgroup layout')).toContain('meshbox doctor')
  })

  test('makes of too little memory what gives more', () => {
    const killed = (name: ServiceName, shortage: Shortage, memory?: number) =>
      verdictOf(name, { kind: 'unknown' }, '', { shortage, limits: memory === undefined ? {} : { memory } })
    expect(killed('zookeeper', 'group', 600)).toEqual({
      reason: 'killed by the kernel for want of memory',
      blame: 'own',
      hint: 'it may take 600 MiB, and wanted more: twice as much is a beginning',
      command: 'meshbox config set supervision.zookeeper.memory=1200',
    })
    expect(killed('mesos-agent', 'machine').hint).toContain('less mem in mesos.agent.resources')
    const heap = verdictOf('zookeeper', code(3), 'java.lang.OutOfMemoryError: Java heap space', {
      argv: ['java', '-Xmx2048m'],
    })
    expect(heap.command).toBe('meshbox config set zookeeper.heap=4096')
  })

  const work = { argv: ['mesos-master', '--work_dir=/var/lib/mesos'], cwd: '/srv/master' }
  const aside =
    'mv /var/lib/mesos/replicated_log /var/lib/mesos/replicated_log.broken && meshbox service start'
  // Each as LevelDB said it of a folder that was spoiled, and ZooKeeper's clients of a znode of another user.
  test.each([
    ['Failed to recover the log: Corruption: CURRENT file does not end with newline', aside],
    ['Failed to recover the log: Corruption: no meta-nextfile entry in descriptor', aside],
    ['Failed to recover the log: Corruption: 1 missing files; e.g.: /d/replicated_log/000005.sst', aside],
    ['Failed to recover the log: IO error: /d/replicated_log/000005.sst: Invalid argument', aside],
    ['Failed to recover the log: IO error: lock /d/replicated_log/LOCK: Resource temporarily', 'ps -o'],
    ["Failed to create '/mesos' in ZooKeeper: not authenticated", undefined],
    ['Failed to bind on 10.0.0.1:5050: Address already in use [98]', "ss -ltnp 'sport = :5050'"],
    ['at Main(MarathonApp.scala:72)\nCaused by: java.net.BindException: Address already in use', 'ss -ltnp'],
    [
      'java.io.IOException: Failed to bind to /0.0.0.0:8080\n  at Main(MarathonApp.scala:72)\nCaused by: java.net.BindException: Address already in use',
      "ss -ltnp 'sport = :8080'",
    ],
    ["Failed to mkdir '/var/lib/mesos/meta': No space left on device", 'df -h /var/lib/mesos/meta'],
    ['java.io.IOException: No space left on device', 'df -h /srv/master'],
  ])('knows "%s"', (line, command) => {
    const { hint, ...told } = verdictOf('mesos-master', code(1), `E1122 1 x.cpp:1] ${line}\n`, work)
    expect(hint).not.toContain('has all of its words')
    if (command === undefined) expect(told.command).toBeUndefined()
    else expect(told.command).toStartWith(command)
    if (command === 'ss -ltnp') expect(told.command).toBe(command)
  })

  test('gives to a shell what a log or a path names as the one word that it is', () => {
    const told = (line: string, dir = '/d') =>
      verdictOf('mesos-agent', code(1), line, { argv: [`--work_dir=${dir}`], cwd: dir }).command
    expect(told("Failed to mkdir '/d/executors/a;id>$(x)/runs': No space left on device")).toBe(
      "df -h '/d/executors/a;id>$(x)/runs'",
    )
    expect(told('No space left on device', '/d;id')).toBe("df -h '/d;id'")
    expect(told('Failed to recover the log: Corruption: x', '/my d')).toStartWith(
      "mv '/my d/replicated_log' '/my d/replicated_log.broken' && ",
    )
    expect(told('Incompatible agent info detected\nrm -f /d;id>$(x)/meta/slaves/latest')).toStartWith(
      "rm -f '/d;id>$(x)/meta/slaves/latest' && ",
    )
  })

  test('cuts a long line', () => {
    expect(verdictOf('marathon', code(1), 'x'.repeat(5000)).reason.length).toBeLessThan(300)
  })
})
