import { describe, expect, test } from 'bun:test'
import { parseAttributes } from '../attributes.ts'
import { openGlog } from '../glog.ts'
import { parseResources, type Resource } from '../resources.ts'
import type { AgentInfo } from '../wire/model.ts'
import { checkSystemd } from './check.ts'
import { incompatible } from './reconfigure.ts'
import { verdict } from './tasks.ts'

test('systemd is missed only by root, on a machine made for it, that does not run it', () => {
  const flags = new Map([
    ['systemd_enable_support', 'true'],
    ['systemd_runtime_directory', '/run/systemd/system'],
  ])
  const run = (root: boolean, initIsSystemd: boolean, runs: boolean, on = 'true') => {
    let log = ''
    try {
      checkSystemd(
        new Map([...flags, ['systemd_enable_support', on]]),
        openGlog('INFO', (text) => (log += text)),
        { root, initIsSystemd, runs: () => runs },
      )
    } catch {
      return log.split('] ')[1]
    }
    return undefined
  }
  expect(run(true, true, false)).toBe(
    'EXIT with status 1: Failed to initialize systemd: Failed to locate systemd runtime directory: /run/systemd/system\n',
  )
  expect([
    run(false, true, false),
    run(true, false, false),
    run(true, true, true),
    run(true, true, false, 'false'),
  ]).toEqual([undefined, undefined, undefined, undefined])
})

describe('changed settings', () => {
  const info = (resources: string, attributes = '', port = 5051): AgentInfo => ({
    hostname: 'a',
    ip: '10.0.0.1',
    port,
    resources: parseResources(resources, '*') as Resource[],
    attributes: parseAttributes(attributes) as [],
  })
  const old = info('cpus:2;mem:2048', 'rack:r7')

  test('equal: in any order, and nothing else', () => {
    expect(incompatible('equal', old, info('mem:2048;cpus:2', 'rack:r7'))).toBeUndefined()
    for (const other of [
      info('cpus:2;mem:2048', 'rack:r8'),
      info('cpus:2;mem:4096', 'rack:r7'),
      info('cpus:2;mem:2048', 'rack:r7', 5054),
    ])
      expect(incompatible('equal', old, other)).toContain('Incompatible agent info detected.')
    expect(incompatible('any', old, info('cpus:1'))).toBeUndefined()
  })

  test('additive: more, never less', () => {
    expect(incompatible('additive', old, info('cpus:2;mem:4096;disk:1', 'rack:r7;zone:z'))).toBeUndefined()
    expect(incompatible('additive', old, info('cpus:2;mem:1024', 'rack:r7'))).toBe(
      "Configuration change not permitted under 'additive' policy: Value of scalar resource 'mem' decreased from 2048 to 1024",
    )
    expect(incompatible('additive', old, info('cpus:2', 'rack:r7'))).toContain("'mem'")
    expect(incompatible('additive', old, info('cpus:2;mem:2048', 'rack:r8'))).toContain("'rack'")
    expect(incompatible('additive', old, info('cpus:2;mem:2048'))).toContain("'rack'")
    expect(incompatible('additive', old, info('cpus:2;mem:2048', 'rack:r7', 1))).toContain('Port')
  })
})

test('what an end means', () => {
  expect(verdict(0, undefined)).toEqual({ state: 'TASK_FINISHED', message: 'Command exited with status 0' })
  expect(verdict(7, undefined)).toEqual({ state: 'TASK_FAILED', message: 'Command exited with status 7' })
  expect(verdict(143, { reason: 'REASON_AGENT_DRAINING' })).toEqual({
    state: 'TASK_KILLED',
    message: 'Command terminated with signal Terminated',
    reason: 'REASON_AGENT_DRAINING',
  })
  expect(verdict(137, {}).message).toBe('Command terminated with signal Killed')
  expect(verdict(undefined, undefined).reason).toBe('REASON_EXECUTOR_TERMINATED')
})
