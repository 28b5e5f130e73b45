import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCgroups } from '../../src/supervisor/process/cgroup.ts'
import { needsRoot } from '../root.ts'

setDefaultTimeout(30_000)

let root: string
const read = (path: string) => readFileSync(join(root, path), 'utf8')

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mb-cgroup-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** A tree as the kernel shows it to an agent; what it would make of a new folder stands in it beforehand. */
function fake(own: string, controllers = 'cpu io memory pids') {
  const unit = /^0::(.*\.service)/.exec(own)?.[1] ?? '/meshbox'
  writeFileSync(join(root, 'cgroup.controllers'), controllers)
  mkdirSync(join(root, unit), { recursive: true })
  writeFileSync(join(root, unit, 'cgroup.controllers'), controllers)
  return openCgroups({ root, own: `${own}\n`, pid: 77 })
}

describe('on a tree of cgroup v2', () => {
  const delegated = '0::/system.slice/meshbox.service/agent'
  const unit = 'system.slice/meshbox.service'

  test('a service gets a group of its own below the unit, and no controller is turned on without need', () => {
    expect(fake('0::/system.slice/meshbox.service').place('zookeeper', {})).toBe(
      join(root, unit, 'zookeeper'),
    )
    expect(existsSync(join(root, unit, 'cgroup.subtree_control'))).toBe(false)
  })

  test('limits are written as the kernel wants them', () => {
    fake(delegated).place('zookeeper', { memory: 1024, cpus: 1.5 })
    expect(read(`${unit}/cgroup.subtree_control`)).toBe('+memory +cpu')
    expect(read(`${unit}/zookeeper/memory.max`)).toBe(String(1024 * 1024 * 1024))
    expect(read(`${unit}/zookeeper/cpu.max`)).toBe('150000 100000')
  })

  test('a limit that is taken back is lifted', () => {
    const groups = fake(delegated)
    groups.place('zookeeper', { memory: 1024 })
    groups.place('zookeeper', {})
    expect(read(`${unit}/zookeeper/memory.max`)).toBe('max')
  })

  test('without systemd the agent moves into a group beside those of the services', () => {
    fake('0::/user.slice').place('marathon', { memory: 512 })
    expect(read('meshbox/agent/cgroup.procs')).toBe('77')
    expect(read('cgroup.subtree_control')).toBe('+memory')
  })

  test('a limit that cannot be held is refused, with the reason', () => {
    const unlimited = fake(delegated, 'cpu pids')
    expect(() => unlimited.place('zookeeper', { memory: 1024 })).toThrow('the controller memory is not there')
    expect(unlimited.place('zookeeper', { cpus: 2 })).toBe(join(root, unit, 'zookeeper'))
    expect(() => fake('0::/system.slice/meshbox.service').place('x', { memory: 64 })).toThrow(
      'systemd before 254',
    )
  })

  test('a machine with version 1 alone has no groups, and no limits', () => {
    const groups = openCgroups({ root, own: '5:memory:/\n', pid: 77 })
    expect(groups.place('zookeeper', {})).toBeUndefined()
    expect(() => groups.place('zookeeper', { cpus: 1 })).toThrow('this machine has no cgroup v2')
    expect(readdirSync(root)).toEqual([])
  })
})

needsRoot('a program really is in its group, on the tree of the kernel', async () => {
  expect(Bun.spawnSync(['mount', '-t', 'cgroup2', 'none', root]).exitCode).toBe(0)
  let group: string | undefined
  try {
    group = openCgroups({ root, own: readFileSync('/proc/self/cgroup', 'utf8'), pid: process.pid }).place(
      'trial',
      {},
    )
    expect(group).toBe(join(root, 'meshbox/trial'))
    const child = Bun.spawn(['cat', '/proc/self/cgroup'], {
      stdout: 'pipe',
      ...(group ? { cgroup: group } : {}),
    })
    expect(await new Response(child.stdout).text()).toContain('0::/meshbox/trial\n')
    await child.exited
  } finally {
    for (const path of ['meshbox/trial', 'meshbox'])
      if (existsSync(join(root, path))) Bun.spawnSync(['rmdir', join(root, path)])
    Bun.spawnSync(['umount', root])
  }
})
