import { expect, test } from 'bun:test'
import { inContainer } from '../../src/supervisor/provider/docker/container.ts'
import { importedConfig, planned } from './planned.ts'

const names = ['zookeeper', 'mesos-master', 'mesos-agent', 'marathon'] as const

/** Point 17: a shell condition executed the number of matches as a command. */
test('no shell stands between the options and the programs; where one keeps a container, its script has no values in it', () => {
  const config = importedConfig({ slave_attributes: 'count:0', roles: '1,2', zookeeper_tickTime: 2718 })
  for (const name of names) {
    const spec = planned(name, config)
    expect(spec.argv[0]).not.toMatch(/\bsh$/)
    expect(spec.argv).not.toContain('-c')
    const kept = inContainer(spec, 'registry.example/image')
    const bare = inContainer(planned(name, importedConfig({})), 'registry.example/image')
    expect(kept.argv[0]).toBe('/bin/sh')
    expect(kept.argv[2]).toBe(bare.argv[2] as string)
  }
})
