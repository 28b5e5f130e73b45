import { describe, expect, test } from 'bun:test'
import { flagsAround, flagsIn, programOf } from './command-line.ts'

describe('a command line', () => {
  test.each([
    [['/usr/sbin/mesos-master', '--port=5050'], 'mesos-master'],
    [['mesos-slave'], 'mesos-agent'],
    [
      ['/usr/bin/java', '-cp', 'x', 'org.apache.zookeeper.server.quorum.QuorumPeerMain', '/etc/zoo.cfg'],
      'zookeeper',
    ],
    [['java', '-Xmx1g', 'mesosphere.marathon.Main', '--zk', 'zk://a/marathon'], 'marathon'],
    [['java', '-jar', 'jenkins.jar'], undefined],
    [['/bin/sh', '-c', 'mesos-master'], undefined],
    [[], undefined],
  ] as const)('%j is %s', (argv, program) => {
    expect(programOf([...argv])).toBe(program)
  })

  test('has its flags in the ways of Mesos and of Marathon', () => {
    expect(
      flagsIn(['mesos-master', '--zk=zk://a/mesos', '--no-hostname_lookup', '--quiet', '--weights=a=2,b=3']),
    ).toEqual([
      { name: 'zk', text: 'zk://a/mesos' },
      { name: 'no-hostname_lookup' },
      { name: 'quiet' },
      { name: 'weights', text: 'a=2,b=3' },
    ])
    expect(flagsIn(['java', '-Xmx1g', 'M', '--http_port', '8081', '--disable_ha'])).toEqual([
      { name: 'http_port', text: '8081' },
      { name: 'disable_ha' },
    ])
  })

  test('has others in its environment', () => {
    const environment = [
      'PATH=/bin',
      'MESOS_WORK_DIR=/srv/a=b',
      'MESOS_NATIVE_JAVA_LIBRARY=/x',
      'MARATHON_ZK=zk://a/m',
    ]
    expect(flagsAround(environment, 'MESOS_')).toEqual([{ name: 'work_dir', text: '/srv/a=b' }])
    expect(flagsAround(environment, 'MARATHON_')).toEqual([{ name: 'zk', text: 'zk://a/m' }])
  })
})
