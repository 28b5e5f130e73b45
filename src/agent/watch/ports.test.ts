import { expect, test } from 'bun:test'
import { effectiveConfig } from '../../config/document/effective.ts'
import { parseDocumentText } from '../../config/document/parse.ts'
import { takenPorts } from './ports.ts'

const { config } = effectiveConfig(parseDocumentText('', 'x'), { name: 'a', roles: ['controller'] })
const nc = (port: number) => (port === 8080 ? { name: 'nc', pid: 77, ends: 'kill 77' } : undefined)

test('whoever has the port of a program that cannot run is named, with the command that ends it', () => {
  expect(takenPorts(config, new Set(['marathon', 'mesos-agent']), new Set(), nc)).toMatchObject([
    { what: 'port 8080 is taken', command: 'kill 77 && meshbox service start marathon' },
  ])
})

test('a port of what runs, or in the hands of a program of ours, is nobody’s fault', () => {
  expect(takenPorts(config, new Set(['mesos-agent']), new Set(), nc)).toEqual([])
  expect(takenPorts(config, new Set(['marathon']), new Set([77]), nc)).toEqual([])
})
