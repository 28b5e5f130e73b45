import { expect, test } from 'bun:test'
import { limited } from './limits.ts'

const root = { root: true, resources: true, mostFiles: 4096, groupOf: () => '117' }
const user = { root: false, resources: false, mostFiles: 4096, groupOf: () => '117' }

test('a program without limits is started as it is', () => {
  expect(limited(['java', '-version'], {}, root)).toEqual(['java', '-version'])
})

test('root sets them all, and the rights last', () => {
  expect(limited(['x'], { openFiles: 65536, oomScore: -500, user: 'zk' }, root)).toEqual(
    'prlimit --nofile=65536:65536 choom -n -500 -- setpriv --reuid=zk --regid=117 --init-groups x'.split(' '),
  )
})

test('others get as far as they may, and are told when that is not what was asked for', () => {
  const contained = { ...root, resources: false }
  for (const rights of [user, contained])
    expect(limited(['x'], { openFiles: 65536, oomScore: -500 }, rights)).toEqual([
      'prlimit',
      '--nofile=4096:4096',
      'x',
    ])
  expect(limited(['x'], { oomScore: 500 }, user)).toEqual(['choom', '-n', '500', '--', 'x'])
  expect(() => limited(['x'], { user: 'zk' }, user)).toThrow('only root can')
})
