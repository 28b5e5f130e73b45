import { expect, test } from 'bun:test'
import type { Cluster } from '../../config/document/cluster.ts'
import type { Member } from '../gossip/gossip.ts'
import { isLeftOut, recoveryTag, tellersOf } from './left-out.ts'

const recovered = (below: number, server: number): NonNullable<Cluster['recovered']> => ({
  ...{ id: `r${below}`, from: { name: `m${server}`, address: '' }, below, server },
})
const cluster = { id: 'c', simulated: true, bornAt: '' }
const member = (name: string, told?: Cluster['recovered'], more: object = {}) =>
  ({
    ...{ name, status: 'alive', address: '', ...more },
    tags: { cluster: 'c', ...recoveryTag(told), ...('tags' in more ? (more.tags as object) : {}) },
  }) as unknown as Member
const names = (members: Member[]) => members.map(({ name }) => name)

test.each([
  ['one that was not reached', 2, recovered(6, 1), undefined, true],
  ['the one whose disk was chosen', 1, recovered(6, 1), undefined, false],
  ['one that was added since', 6, recovered(6, 1), undefined, false],
  ['the one that was chosen first, of a later recovery', 1, recovered(9, 7), recovered(6, 1), true],
  ['the one that was chosen last, by who knows the first one', 2, recovered(6, 1), recovered(7, 2), false],
  ['two that were chosen apart, by each other', 3, recovered(6, 1), recovered(6, 3), false],
])('%s is left out or not', (_, own, told, known, is) => {
  expect(isLeftOut(own, told, known)).toBe(is)
})

test('heard are the living of this cluster, and of them those that tell of the latest recovery', () => {
  const all = [
    member('without', undefined),
    member('before', recovered(6, 1)),
    member('later', recovered(9, 7)),
    member('dead', recovered(12, 9), { status: 'failed' }),
    member('other', recovered(12, 9), { tags: { cluster: 'd' } }),
    member('broken', undefined, { tags: { recovered: 'x/y' } }),
  ]
  expect(names(tellersOf(2, all, cluster))).toEqual(['later'])
  expect(names(tellersOf(7, all, cluster))).toEqual([])
  expect(tellersOf(2, [], cluster)).toEqual([])
})
