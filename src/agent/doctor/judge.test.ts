import { describe, expect, test } from 'bun:test'
import { cgroupLayout, judgeCgroups } from './check/cgroups.ts'
import { judgeRoom, judgeSync } from './check/disk.ts'
import { judgeFiles } from './check/limits.ts'
import { judgeMemory } from './check/memory.ts'
import { judgeOwnName, judgeStub } from './check/names.ts'
import { judgeReach, type Reach } from './check/others.ts'
import { javaVersion } from './check/programs.ts'
import { judgeVersions } from './check/versions.ts'

const gib = 2 ** 30

describe('the doctor', () => {
  test('warns early of a disk that fills up, and fails before ZooKeeper does', () => {
    const room = (free: number) => ({ free, total: 1000 * gib })
    expect(judgeRoom('/x', room(10 * gib), []).result).toBe('ok')
    expect(judgeRoom('/x', room(gib), [])).toMatchObject({
      result: 'warning',
      message: '/x has 1024 MB left',
      hint: expect.stringMatching(/^du /),
    })
    expect(judgeRoom('/x', room(gib / 8), []).result).toBe('failed')
  })

  test('promises of --fix only what it can give, and has it remove all the same what may go', () => {
    const judged = (mb: number) =>
      judgeRoom('/x', { free: gib, total: 1000 * gib }, [{ path: '/x/a', bytes: mb * 2 ** 20 }])
    expect(judged(1024)).toMatchObject({ hint: 'meshbox doctor --fix', mend: {} })
    expect(judged(1023)).toMatchObject({ hint: expect.stringMatching(/^du /), mend: {} })
    expect(judged(0).mend).toBeUndefined()
  })

  test('knows how slow a disk ZooKeeper can live with', () => {
    expect(judgeSync(0.4)).toEqual({ result: 'ok', message: 'a write is safe on the disk after 0.4 ms' })
    expect(judgeSync(80).result).toBe('warning')
    expect(judgeSync(900).result).toBe('failed')
    expect(judgeSync(undefined).result).toBe('warning')
  })

  test('asks more memory of a controller, and no swapping', () => {
    const roomy = { totalMb: 8000, availableMb: 4000, swapMb: 0, swappiness: 60 }
    expect(judgeMemory(roomy, true)).toMatchObject([{ result: 'ok' }])
    expect(judgeMemory({ ...roomy, totalMb: 1000 }, false)).toMatchObject([{ result: 'ok' }])
    expect(judgeMemory({ ...roomy, totalMb: 1000 }, true)).toMatchObject([{ result: 'warning' }])
    expect(judgeMemory({ ...roomy, availableMb: 100 }, true)).toMatchObject([{ result: 'warning' }])
    expect(judgeMemory({ ...roomy, swapMb: 100 }, true)).toMatchObject([{ hint: 'sysctl vm.swappiness=1' }])
    expect(judgeMemory({ ...roomy, swapMb: 100, swappiness: 1 }, true)).toMatchObject([{ result: 'ok' }])
  })

  test('wants files for many clients', () => {
    expect(judgeFiles(Number.POSITIVE_INFINITY).result).toBe('ok')
    expect(judgeFiles(4096).result).toBe('warning')
    expect(judgeFiles(256).result).toBe('failed')
  })

  test('reads the versions of Java as they were counted over the years', () => {
    expect(javaVersion('openjdk version "1.8.0_292"')).toBe(8)
    expect(javaVersion('openjdk version "17.0.15" 2025-04-15')).toBe(17)
    expect(javaVersion('java version "21" 2023-09-19')).toBe(21)
    expect(javaVersion('no such file')).toBeUndefined()
  })

  test('knows which Mesos lives with which control groups', () => {
    const v1 = 'cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\n'
    expect(cgroupLayout(v1)).toBe('v1')
    expect(cgroupLayout(`${v1}cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n`)).toBe('hybrid')
    expect(cgroupLayout('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n')).toBe('v2')
    expect(cgroupLayout('tmpfs /tmp tmpfs rw 0 0\n')).toBe('none')
    expect(judgeCgroups('v1', '1.12.0').result).toBe('ok')
    expect(judgeCgroups('hybrid', '1.12.0')).toMatchObject({ result: 'warning' })
    expect(judgeCgroups('hybrid', '1.11.0').result).toBe('ok')
    expect(judgeCgroups('v2', '1.11.0')).toMatchObject({ result: 'warning' })
    expect(judgeCgroups('v2', '1.12.0').result).toBe('ok')
  })

  test('tells a port behind a firewall from one where nobody listens yet', () => {
    const found = (...reach: Reach[]) =>
      reach.map((each, index) => ({
        what: 'x',
        port: 5050 + index,
        reach: each,
        ...(index === 2 ? { mayBeShut: true as const } : {}),
      }))
    expect(judgeReach('b', found('open', 'open', 'refused'), true)).toMatchObject([{ result: 'ok' }])
    expect(judgeReach('b', found('open', 'silent', 'silent'), true)).toEqual([
      {
        result: 'failed',
        message: 'nothing comes back from b on TCP 5051 (x), 5052 (x)',
        hint: 'is it up? a firewall must let TCP 5051, 5052 through',
      },
    ])
    expect(judgeReach('b', found('refused', 'open', 'open'), true)).toMatchObject([
      { result: 'warning', message: 'nobody listens on b at TCP 5050 (x)' },
    ])
    expect(judgeReach('b', found('refused', 'refused', 'refused'), false)[0]?.message).toContain('yet')
  })

  test('lets no agent be newer than its masters', () => {
    expect(judgeVersions('1.10.0', '1.11.0').result).toBe('ok')
    expect(judgeVersions('1.11.0', '1.10.0').message).toContain('must not be newer')
    expect(judgeVersions('1.11.0', '2.0.0').message).toContain('different major')
  })

  test('wants the host name to be one of its own addresses', () => {
    const own = { address: '10.0.0.1', addresses: ['127.0.0.1', '10.0.0.1'] }
    expect(judgeOwnName('a', ['10.0.0.1'], own).result).toBe('ok')
    expect(judgeOwnName('a', ['127.0.1.1'], own).result).toBe('ok')
    expect(judgeOwnName('a', ['10.0.0.9'], own).message).toContain('10.0.0.9, which is no address')
    expect(judgeOwnName('a', [], own)).toMatchObject({
      hint: 'echo "10.0.0.1 a" >> /etc/hosts',
      mend: { what: 'add "10.0.0.1 a" to /etc/hosts' },
    })
  })

  test('knows systemd-resolved on port 53, and whom it is in the way of', () => {
    const table =
      '  sl  local_address rem_address\n  12: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101\n'
    expect(judgeStub(table, '0.0.0.0')).toMatchObject([{ result: 'ok' }])
    expect(judgeStub(table, '127.0.0.53')).toMatchObject([{ result: 'failed' }])
    expect(judgeStub('  12: 0100007F:0035 0', '0.0.0.0')).toEqual([])
  })
})
