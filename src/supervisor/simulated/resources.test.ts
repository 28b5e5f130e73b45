import { describe, expect, test } from 'bun:test'
import { attributeMembers, parseAttributes } from './attributes.ts'
import {
  add,
  formatResources,
  full,
  parseResources,
  reserved,
  subtract,
  summary,
  unreserved,
} from './resources.ts'

const read = (text: string) => {
  const resources = parseResources(text, '*')
  if (typeof resources === 'string') throw new Error(resources)
  return resources
}
const agent2 =
  'cpus:2;mem:2048;disk:5120;ports:[32000-32999];cpus(prod):1;mem(prod):512;ports(prod):[8080-8089]'

describe('reading', () => {
  test('text, with roles, as the recorded state shows it', () => {
    const all = read(agent2)
    expect(summary(all)).toEqual({
      disk: 5120,
      mem: 2560,
      gpus: 0,
      cpus: 3,
      ports: '[8080-8089, 32000-32999]',
    })
    expect(summary(unreserved(all))).toEqual({
      disk: 5120,
      mem: 2048,
      gpus: 0,
      cpus: 2,
      ports: '[32000-32999]',
    })
    expect([...reserved(all)].map(([role, list]) => [role, summary(list)])).toEqual([
      ['prod', { disk: 0, mem: 512, gpus: 0, cpus: 1, ports: '[8080-8089]' }],
    ])
    expect(full(reserved(all).get('prod') ?? [], { role: true, reservations: true })[0]).toEqual({
      name: 'cpus',
      type: 'SCALAR',
      scalar: { value: 1 },
      role: 'prod',
      reservations: [{ type: 'STATIC', role: 'prod' }],
    })
  })

  test('JSON', () => {
    const json = JSON.stringify([
      { name: 'cpus', type: 'SCALAR', scalar: { value: 2 } },
      { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 1, end: 2 }] } },
      { name: 'disks', type: 'SET', set: { item: ['sda'] }, role: 'prod' },
    ])
    expect(formatResources(read(json))).toBe(
      'cpus:2; ports:[1-2]; disks(reservations: [(STATIC,prod)]):{sda}',
    )
  })

  test('what is wrong is said in the words of Mesos', () => {
    const why = (text: string) => parseResources(text, '*')
    expect(why('cpus=4')).toBe("Bad value for resources, missing or extra ':' in cpus=4")
    expect(why('ports:[5-4]')).toBe('Invalid ranges resource: begin > end')
    expect(why('[{"name":"cpus"}]')).toBe(
      'Some JSON resources were not formatted properly: Missing required fields: type',
    )
    expect(why('cpus(a:4')).toContain('unbalanced')
    expect(why('cpus:many')).toContain('many')
    expect(why('ports:[x]')).toContain('[x]')
    expect(why('[{]')).toContain('syntax error')
  })
})

describe('arithmetic', () => {
  test('scalars count in thousandths', () => {
    const tenth = read('cpus:0.1')
    expect(summary(add(add(tenth, tenth), tenth)).cpus).toBe(0.3)
    expect(subtract(tenth, tenth)).toEqual([])
  })

  test('ranges are joined and cut', () => {
    const ports = (text: string) => read(`ports:${text}`)
    expect(summary(add(ports('[1-3]'), ports('[4-5, 9-9]'))).ports).toBe('[1-5, 9-9]')
    const cut = (hole: string) => summary(subtract(ports('[10-20]'), ports(hole))).ports
    expect(cut('[15-15]')).toBe('[10-14, 16-20]')
    expect(cut('[1-5]')).toBe('[10-20]')
    expect(cut('[30-40]')).toBe('[10-20]')
    expect(cut('[5-12, 19-25]')).toBe('[13-18]')
    expect(cut('[1-99]')).toBeUndefined()
  })
})

test('attributes, as the recorded state shows them', () => {
  const read = parseAttributes('rack:r7;zone:eu-west-1a;generation:3;ports_open:[1-1023]')
  expect(typeof read === 'string' ? read : attributeMembers(read)).toEqual({
    rack: 'r7',
    zone: 'eu-west-1a',
    generation: 3,
    ports_open: '[1-1023]',
  })
  expect(parseAttributes('rack')).toBe('rack')
})
