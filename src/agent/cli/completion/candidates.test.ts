import { expect, test } from 'bun:test'
import { commands } from '../table.ts'
import { candidatesFor } from './candidates.ts'
import { sourcesFrom } from './sources.ts'

/** An agent that knows this much; nothing else answers. */
const known: Record<string, unknown> = {
  '/v1/members': [{ name: 'b', address: '10.0.0.2', status: 'alive' }],
  '/v1/status': { machines: [{ services: [{ name: 'marathon', state: 'ready' }] }] },
}
const agent = {
  get: <T>(path: string) =>
    path in known ? Promise.resolve(known[path] as T) : Promise.reject(new Error('no agent')),
}

async function words(line: string, from = agent): Promise<string[]> {
  const found = await candidatesFor(line.split(' ').slice(1), commands, sourcesFrom(from))
  return found.map(({ word }) => word)
}

test('commands, and those below them', async () => {
  expect(await words('meshbox stat')).toEqual(['status'])
  expect(await words('meshbox help stat')).toEqual(['status'])
  expect(await words('meshbox service ')).toEqual(['list', 'start', 'stop', 'restart'])
  expect(await words('meshbox nonsense ')).toEqual([])
})

test('flags that are not given yet, and what may follow one', async () => {
  expect(await words('meshbox config history --')).toEqual(['--data-dir', '--json', '--help'])
  expect(await words('meshbox config history --json --')).toEqual(['--data-dir', '--help'])
  expect(await words('meshbox config set --role ')).toEqual(['worker', 'controller'])
  expect(await words('meshbox config set --role=w')).toEqual(['--role=worker'])
  expect(await words('meshbox config apply --data-dir ')).toEqual([])
})

test('options, and values where there are only some', async () => {
  expect(await words('meshbox config set dns.httpO')).toEqual(['dns.httpOn='])
  expect(await words('meshbox config set nodes.b.dns.httpO')).toEqual(['nodes.b.dns.httpOn='])
  expect(await words('meshbox config set dns.httpOn=')).toEqual(['dns.httpOn=true', 'dns.httpOn=false'])
  expect(await words('meshbox config set log.level=d')).toEqual(['log.level=debug'])
  expect(await words('meshbox config set -m why dns.ttl=3 dns.tt')).toEqual(['dns.ttl='])
  expect(await words('meshbox config get dns.httpO')).toEqual(['dns.httpOn'])
})

test('what the agent knows, and what is known without one', async () => {
  expect(await words('meshbox status --node ')).toEqual(['b'])
  expect(await words('meshbox service stop ')).toEqual(['marathon'])
  expect(await words('meshbox service stop marathon ')).toEqual([])
  const nobody = { get: () => Promise.reject(new Error('no agent')) }
  expect(await words('meshbox status --node ', nobody)).toEqual([])
  expect(await words('meshbox service stop mesos-', nobody)).toEqual(['mesos-master', 'mesos-agent'])
})
