import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MesosProgram } from './catalogue.ts'
import { loadMesosFlags, milliseconds } from './mesos.ts'

const load = (args: string[], env: Record<string, string> = {}, program: MesosProgram = 'mesos-master') =>
  loadMesosFlags(program, args, env, (path) => {
    if (path === '/zk') return 'zk://10.0.0.1:2181/mesos\n'
    throw new Error('no such file')
  })
const flagOf = (name: string, args: string[], env: Record<string, string> = {}) => {
  const loaded = load(args, env)
  return loaded.kind === 'flags' ? loaded.flags.get(name) : loaded
}
const refusal = (...args: string[]) => {
  const loaded = load(args)
  return loaded.kind === 'failed' ? loaded.message : loaded.kind
}

/** The command lines of the recording, and what /flags showed. */
const recorded: [MesosProgram, string, string][] = [
  [
    'mesos-master',
    'flags-master.json',
    '--zk=zk://127.0.0.1:2181/mesos --quorum=1 --work_dir=/var/lib/mesos/master --ip=127.0.0.1 --port=5050 --no-hostname_lookup',
  ],
  [
    'mesos-agent',
    'flags-agent.json',
    '--master=zk://127.0.0.1:2181/mesos --work_dir=/var/lib/mesos/agent1 --runtime_dir=/var/lib/mesos/agent1-run --ip=127.0.0.1 --port=5051 --launcher=posix --isolation=posix/cpu,posix/mem --no-systemd_enable_support --no-hostname_lookup --launcher_dir=/usr/libexec/mesos --resources=cpus:4;mem:4096;disk:10240;ports:[31000-31999]',
  ],
]

describe('the recorded command line shows the recorded flags', () => {
  for (const [program, file, line] of recorded) {
    test(program, () => {
      const path = join(import.meta.dir, '../../../../test/fixtures/mesos', file)
      const loaded = load(line.split(' '), {}, program)
      const { flags } = JSON.parse(readFileSync(path, 'utf8'))
      expect(loaded.kind === 'flags' && Object.fromEntries(loaded.flags)).toEqual(flags)
    })
  }
})

describe('values', () => {
  test('booleans: --x, --no-x, --x=true', () => {
    expect(flagOf('hostname_lookup', [])).toBe('true')
    expect(flagOf('hostname_lookup', ['--no-hostname_lookup'])).toBe('false')
    expect(flagOf('quiet', ['--quiet'])).toBe('true')
    expect(flagOf('quiet', ['--quiet=1'])).toBe('true')
    expect(refusal('--quiet=maybe')).toBe(
      "Failed to load flag 'quiet': Failed to load value 'maybe': Expecting a boolean (e.g., true or false)",
    )
    expect(refusal('--no-quiet=true')).toBe(
      "Failed to load boolean flag 'quiet' via 'no-quiet' with value 'true'",
    )
  })

  test('durations are printed in the largest unit that they fill', () => {
    expect(flagOf('agent_ping_timeout', ['--agent_ping_timeout=90secs'])).toBe('1.5mins')
    expect(flagOf('zk_session_timeout', ['--zk_session_timeout=500ms'])).toBe('500ms')
    const loaded = load(['--zk_session_timeout=1mins'])
    expect(loaded.kind === 'flags' && milliseconds(loaded.flags, 'zk_session_timeout')).toBe(60_000)
    expect(refusal('--agent_ping_timeout=16mins')).toBe(
      'Expected `--agent_ping_timeout` to be between 1secs and 15mins',
    )
  })

  test('file:// is replaced by the content, but for flags that are paths', () => {
    expect(flagOf('zk', ['--zk=file:///zk'])).toBe('zk://10.0.0.1:2181/mesos\n')
    expect(flagOf('credentials', ['--credentials=file:///c'])).toBe('file:///c')
    expect(refusal('--zk=file:///none')).toContain("Error reading file '/none': No such file or directory")
  })

  test('JSON, numbers and ports are checked', () => {
    expect(flagOf('acls', ['--acls={}'])).toBe('{}')
    expect(refusal('--acls={bad')).toBe(
      "Failed to load flag 'acls': Failed to load value '{bad': syntax error at line 1 near: bad",
    )
    expect(refusal('--port=65536')).toContain('Failed to convert into required type')
    expect(refusal('--allocator_agent_recovery_factor=much')).toContain('Failed to convert')
  })
})

describe('sources', () => {
  test('the environment counts where the command line is silent, unknown variables never', () => {
    expect(flagOf('quorum', [], { MESOS_QUORUM: '3' })).toBe('3')
    expect(flagOf('quorum', ['--quorum=1'], { MESOS_QUORUM: 'abc' })).toBe('1')
    expect(flagOf('quorum', ['--quorum=1'], { MESOS_FROBNICATE: '1' })).toBe('1')
    expect(flagOf('quorum', [], { MESOS_QUORUM: 'abc' })).toMatchObject({ kind: 'failed' })
  })

  test('positional and single-dash arguments, and what follows --, are skipped', () => {
    expect(flagOf('quorum', ['extra', '-quorum=x', '--quorum=2', '--', '--quorum=3'])).toBe('2')
    expect(refusal('--port', '5099')).toBe("Failed to load non-boolean flag 'port': Missing value")
  })

  test('an old name is taken and told, but not beside the new one', () => {
    const loaded = load(['--slave_ping_timeout=10secs'])
    expect(loaded.kind === 'flags' && [loaded.deprecated, loaded.flags.get('agent_ping_timeout')]).toEqual([
      ['slave_ping_timeout'],
      '10secs',
    ])
    expect(refusal('--slave_ping_timeout=10secs', '--agent_ping_timeout=20secs')).toBe(
      "Flag 'slave_ping_timeout' is already loaded via name 'agent_ping_timeout'",
    )
    expect(refusal('--quorum=1', '--quorum=2')).toBe("Flag 'quorum' is already loaded via name 'quorum'")
  })

  test('unknown names, --no- on what is no boolean, and what is required', () => {
    expect(refusal('--frobnicate')).toBe("Failed to load unknown flag 'frobnicate'")
    expect(refusal('--no-frobnicate')).toBe("Failed to load unknown flag 'frobnicate' via 'no-frobnicate'")
    expect(refusal('--no-quorum')).toBe("Failed to load non-boolean flag 'quorum' via 'no-quorum'")
    expect(load([], {}, 'mesos-agent')).toEqual({
      kind: 'failed',
      message: "Flag 'work_dir' is required, but it was not provided",
    })
  })

  test('--help and --version come before everything else', () => {
    expect(load(['--frobnicate', '--help']).kind).toBe('help')
    expect(load(['--version'], {}, 'mesos-agent').kind).toBe('version')
  })
})
