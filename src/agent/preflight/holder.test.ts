import { expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { endOf, holderOf } from './holder.ts'

const facts = {
  ...{ port: 8080, pid: 77, name: 'nc', cwd: '/root', isState: () => false },
  cgroup: '0::/user.slice/user-0.slice/session-4.scope',
}

test('who has a port is ended by what does not start it again', () => {
  expect(endOf(facts)).toBe('kill 77')
  const unit = { ...facts, cgroup: '0::/system.slice/nginx.service' }
  expect(endOf(unit)).toBe('systemctl disable --now nginx.service')
  const others = { ...facts, cgroup: '0::/user.slice/user@1.service/a;id>$(x).service' }
  expect(endOf(others)).toBe("systemctl disable --now 'a;id>$(x).service'")
  const legacy = { ...facts, cgroup: '4:cpu:/\n1:name=systemd:/system.slice/nginx.service\n0::/' }
  expect(endOf(legacy)).toBe('systemctl disable --now nginx.service')
  expect(endOf({ ...facts, cgroup: '0::/user.slice/user@0.service' })).toBe('kill 77')
  expect(endOf({ ...facts, name: 'docker-proxy' })).toBe('docker stop $(docker ps -q --filter publish=8080)')
  expect(endOf({ ...facts, pid: 1, name: 'systemd' })).toBe('systemctl list-sockets')
})

test('a program of another meshbox is stopped by that one, whose agent would bring it back', () => {
  const other = (state: string) => ({
    ...facts,
    cwd: `${state}/marathon`,
    isState: (path: string) => path === state,
  })
  expect(endOf(other('/home/me/.meshbox/dev/state'))).toBe(
    'meshbox service stop marathon --data-dir /home/me/.meshbox/dev',
  )
  expect(endOf(other('/var/lib/meshbox'))).toBe('meshbox service stop marathon --data-dir /var/lib/meshbox')
  expect(endOf(other('/tmp/a;id/state'))).toBe("meshbox service stop marathon --data-dir '/tmp/a;id'")
})

test('the holder of a port is found', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  expect(holderOf(port)).toMatchObject({ pid: process.pid })
  await new Promise((resolve) => server.close(resolve))
  expect(holderOf(port)).toBeUndefined()
})
