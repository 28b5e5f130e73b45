import { describe, expect, test } from 'bun:test'
import { choosePrograms } from './choose.ts'
import type { Found } from './find.ts'
import { systemPrograms } from './system.ts'

const all: Found = {
  zookeeper: ['java', 'QuorumPeerMain'],
  'mesos-master': ['/usr/sbin/mesos-master'],
  docker: ['/usr/sbin/dockerd'],
  'mesos-agent': ['/usr/sbin/mesos-agent'],
  marathon: ['/usr/bin/marathon'],
}
const self = ['/usr/bin/meshbox']

function chosen(found: Found, simulated: boolean) {
  const { provided, held } = choosePrograms(systemPrograms(found), { simulated, self })
  const providers = Object.entries(provided).map(([name, { provider }]) => [name, provider])
  return { providers: Object.fromEntries(providers), held: held.map(({ name, kind }) => `${name} ${kind}`) }
}

describe('where the programs come from', () => {
  test('in a real cluster all are the installed ones', () => {
    expect(chosen(all, false)).toEqual({
      providers: {
        zookeeper: 'system',
        'mesos-master': 'system',
        docker: 'system',
        'mesos-agent': 'system',
        marathon: 'system',
      },
      held: [],
    })
  })

  test('in a simulated one Mesos and Marathon are stand-ins even beside installed ones, and ZooKeeper and Docker are real', () => {
    expect(chosen(all, true).providers).toEqual({
      zookeeper: 'system',
      'mesos-master': 'simulated',
      docker: 'system',
      'mesos-agent': 'simulated',
      marathon: 'simulated',
    })
    const { provided } = choosePrograms(systemPrograms(all), { simulated: true, self })
    expect(provided['mesos-agent']?.command).toEqual(['/usr/bin/meshbox', 'simulated', 'mesos-agent'])
  })

  test('without Marathon it is left out, with a reason and what to do', () => {
    const { marathon: _, ...rest } = all
    const { held } = choosePrograms(systemPrograms(rest), { simulated: false, self })
    expect(held).toMatchObject([{ name: 'marathon', kind: 'left-out' }])
    expect(held[0]?.hint).toContain('marathon')
  })

  test('what is missing never gets a stand-in in a real cluster', () => {
    for (let set = 0; set < 32; set++) {
      const found = Object.fromEntries(Object.entries(all).filter((_, bit) => set & (1 << bit)))
      const { provided, held } = choosePrograms(systemPrograms(found), { simulated: false, self })
      for (const each of Object.values(provided)) expect(each.provider).toBe('system')
      expect(Object.keys(provided).sort()).toEqual(Object.keys(found).sort())
      expect(held.length).toBe(5 - Object.keys(found).length)
      for (const each of held) expect(each.hint).toBeDefined()
    }
  })
})
