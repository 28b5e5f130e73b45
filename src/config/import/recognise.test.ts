import { describe, expect, test } from 'bun:test'
import { applyEdits } from '../document/edit.ts'
import { parseDocumentText } from '../document/parse.ts'
import { editsOf, type Finding, type Source } from './finding.ts'
import { importSettings } from './recognise.ts'

const read = (sources: Source[], oneMachine = false) => importSettings(sources, { oneMachine })
const one = (text: string, name = 'x') => read([{ name, text }]).findings
const takenOf = (findings: Finding[]) =>
  Object.fromEntries(
    findings.flatMap((each) => (each.kind === 'taken' ? [[each.path.join('.'), each.value]] : [])),
  )
const reasonFor = (findings: Finding[], from: string) =>
  findings.flatMap((each) => (each.from === from && 'why' in each ? [each.why] : [])).join()
const pathOf = (findings: Finding[], from: string) =>
  findings.flatMap((each) => (each.from === from && 'path' in each ? [each.path.at(-1)] : [])).join()

/** Whatever was taken makes a valid document. */
function document(findings: Finding[], layer: string[] = []) {
  return parseDocumentText(applyEdits('', editsOf(findings, layer)), 'what was imported')
}

describe('the charm', () => {
  const juju = `
application: mesos-master
charm: mesos-master
settings:
  quorum: { default: true, type: int, value: 1 }
  zookeeper: { type: string, value: 'zk://a:2181,b:2181,c:2181/mesos' }
  port: { type: int, value: 5055 }
  cluster: { type: string, value: blue }
  slave_reregister_timeout: { type: string, value: 15mins }
  user_sorter: { type: string, value: drf }
  root_submissions: { type: boolean, value: false }
  slave_containerizers: { default: true, type: string, value: 'docker,mesos' }
  slave_attributes: { type: string, value: 'rack:a;note:$(reboot) "x"' }
  hooks: { default: true, type: string, value: '' }
  resource_monitoring_interval: { type: string, value: 1secs }
  zookeeper_tickTime: { type: int, value: 3000 }
  zookeeper_dataDir: { default: true, type: string, value: /var/lib/zookeeper }
  dns_ttl: { type: int, value: 30 }
  dns_port: { default: true, type: int, value: 53 }
  hostname: { type: string, value: one.example }
`

  test('is taken from juju get, each option at its place', () => {
    const findings = one(juju)
    const taken = takenOf(findings)
    expect(taken).toMatchObject({
      'mesos.master.port': 5055,
      name: 'blue',
      'zookeeper.tickTime': 3000,
      'dns.ttl': 30,
    })
    expect(pathOf(findings, 'slave_reregister_timeout')).toBe('agent_reregister_timeout')
    expect(pathOf(findings, 'user_sorter')).toBe('role_sorter')
    expect(Object.entries(taken).find(([path]) => path.endsWith('root_submissions'))?.[1]).toBe(false)
    expect(pathOf(findings, 'slave_containerizers')).toBe('containerizers')
    expect(findings.find(({ from }) => from === 'dns_port')?.kind).toBe('same')
    expect(findings.some(({ from }) => from === 'hooks')).toBe(false)
    document(findings)
  })

  test('tells what was mended and what has no place', () => {
    const findings = one(juju)
    expect(reasonFor(findings, 'quorum')).toContain('1 is no majority of 3, 2 is')
    expect(reasonFor(findings, 'zookeeper')).toContain('meshbox join')
    expect(reasonFor(findings, 'resource_monitoring_interval')).toContain('Mesos has no such flag')
    expect(reasonFor(findings, 'zookeeper_dataDir')).toContain('its own folder')
    expect(reasonFor(findings, 'hostname')).toContain('it names one machine')
    expect(pathOf(read([{ name: 'x', text: juju }], true).findings, 'hostname')).toBe('hostname')
  })

  test('is known as config.yaml, as a file for juju deploy, and flat', () => {
    for (const text of [
      'options:\n  dns_ttl: { type: int, default: 5, description: x }\n',
      'mesos-master: { dns_ttl: 5 }\n',
      'dns_ttl: 5\n',
    ])
      expect(takenOf(one(text))).toEqual({ 'dns.ttl': 5 })
    expect(takenOf(one('{"port":5055,"marathon_port":8081}'))).toEqual({
      'mesos.master.port': 5055,
      'marathon.http_port': 8081,
    })
    expect(read([{ name: 'x', text: 'colour: red\n' }]).unknown).toEqual(['x'])
  })
})

describe('the files of Mesosphere', () => {
  const etc = (path: string, text: string) => ({ name: `/old/etc/${path}`, text })
  const sources = [
    etc('mesos/zk', 'zk://a:2181,b:2181/mesos\n'),
    etc('mesos-master/quorum', '1\n'),
    etc('mesos-master/?no-root_submissions', ''),
    etc('mesos-master/?quiet', ''),
    etc('mesos-master/authenticate_slaves', 'true\n'),
    etc('mesos-master/credentials', '/etc/mesos/credentials\n'),
    etc('mesos-master/colour', 'red\n'),
    etc('mesos-slave/attributes/rack', 'a\n'),
    etc('mesos-slave/attributes/zone', 'b\n'),
    etc('mesos-slave/resources/cpus', '4\n'),
    etc('mesos-slave/hostname', 'one\n'),
    etc('marathon/conf/?disable_ha', ''),
    etc('marathon/conf/http_port', '8081\n'),
    etc('default/mesos', 'LOGS=/var/log/mesos\nULIMIT="-n 8192"\n'),
    etc('default/mesos-master', 'PORT=5055\nZK=`cat /etc/mesos/zk`\n# PORT=1\n'),
    etc('default/mesos-slave', 'export MESOS_EXECUTOR_REGISTRATION_TIMEOUT="5mins"\n'),
    etc('default/marathon', 'MARATHON_TASK_LAUNCH_TIMEOUT=600000\nJAVA_OPTS=-Xmx1g\n'),
  ]

  test('are read with switches, lists and shell variables', () => {
    const findings = read(sources).findings
    const taken = takenOf(findings)
    const named = (end: string) => Object.entries(taken).find(([path]) => path.endsWith(end))?.[1]
    expect(named('root_submissions')).toBe(false)
    expect(named('quiet')).toBe(true)
    expect(named('authenticate_agents')).toBe(true)
    expect(taken).toMatchObject({
      'mesos.agent.attributes': 'rack:a;zone:b',
      'mesos.agent.resources': 'cpus:4',
      'marathon.http_port': 8081,
      'mesos.master.port': 5055,
    })
    expect(named('ha')).toBe(false)
    expect(named('executor_registration_timeout')).toBe('5mins')
    expect(String(named('task_launch_timeout'))).toBe('600000')
    expect(Object.keys(taken).filter((path) => path.endsWith('log_dir'))).toHaveLength(2)
    document(findings)
  })

  test('tell what has no meaning any more', () => {
    const { findings } = read(sources)
    expect(reasonFor(findings, '/old/etc/mesos/zk')).toBe(
      'join with it: `meshbox join zk://a:2181,b:2181/mesos`',
    )
    expect(reasonFor(findings, '/old/etc/mesos-master/quorum')).toContain('1 is no majority of 2, 2 is')
    expect(reasonFor(findings, '/old/etc/mesos-master/colour')).toContain(
      'mesos-master 1.12.0 has no flag colour',
    )
    expect(reasonFor(findings, '/old/etc/mesos-slave/hostname')).toContain('--node')
    expect(reasonFor(findings, '/old/etc/default/mesos: ULIMIT')).toContain('by itself')
    expect(reasonFor(findings, '/old/etc/default/mesos-master: ZK')).toContain('only a shell knows')
  })

  test('are taken for one machine with what names it', () => {
    const { findings } = read(sources, true)
    expect(pathOf(findings, '/old/etc/mesos-slave/hostname')).toBe('hostname')
    document(findings, ['nodes', 'one'])
  })
})

describe('other files', () => {
  test('zoo.cfg', () => {
    const findings = one(
      'tickTime=3000\n# no\ndataDir=/d\nserver.1=a:2888:3888\nautopurge.purgeInterval=24\nsnapCount=5000\ndataLogDir=/fast\nclientPort = 2182\n',
    )
    const taken = takenOf(findings)
    expect(taken).toMatchObject({
      'zookeeper.tickTime': 3000,
      'zookeeper.autopurge.purgeInterval': 24,
      'zookeeper.clientPort': 2182,
      'zookeeper.dataLogDir': '/fast',
    })
    expect(pathOf(findings, 'snapCount')).toBe('snapCount')
    expect(reasonFor(findings, 'server.1')).toContain('the URL')
    document(findings)
  })

  test('config.json of Mesos-DNS, in any letter case', () => {
    const findings = one(
      '{"ZK":"zk://a/mesos","masters":["a:5050"],"TTL":5,"IPSources":["host"],"soaserial":3,"email":"x","SOAMname":null,"mesosCredentials":{"Principal":"p","Secret":"s"}}',
    )
    expect(takenOf(findings)).toMatchObject({
      'dns.ttl': 5,
      'dns.ipSources': ['host'],
      'dns.mesosCredentials': { principal: 'p', secret: 's' },
    })
    expect(reasonFor(findings, 'email')).toContain('no such key')
    document(findings)
  })

  test('a value that the option does not take is left out with the reason', () => {
    expect(reasonFor(one('{"domain":"mesos","ttl":"soon"}'), 'ttl')).toContain('dns.ttl does not take "soon"')
  })

  test('/flags of a running master and agent', () => {
    const master = one(
      '{"flags":{"zk_session_timeout":"10secs","port":"5055","quorum":"2","zk":"zk://a,b,c,d/mesos","ip":"10.0.0.1","max_completed_frameworks":"9","help":"false"}}',
    )
    expect(takenOf(master)).toMatchObject({ 'mesos.master.port': 5055 })
    expect(pathOf(master, 'max_completed_frameworks')).toBe('max_completed_frameworks')
    expect(master.find(({ from }) => from === 'zk_session_timeout')?.kind).toBe('same')
    expect(reasonFor(master, 'ip')).toContain('it names one machine')
    expect(reasonFor(master, 'quorum')).toContain('2 is no majority of 4, 3 is')
    const agent = one('{"flags":{"master":"zk://a/mesos","port":"5052"}}')
    expect(takenOf(agent)).toEqual({ 'mesos.agent.port': 5052 })
    document(master)
  })

  test.each(['master', 'agent'])('/flags as a real %s answers, each flag known', async (program) => {
    const recorded = `${import.meta.dir}/../../../test/fixtures/mesos/flags-${program}.json`
    const findings = one(await Bun.file(recorded).text())
    const wrong = findings.filter(
      ({ kind, ...rest }) =>
        kind === 'left' &&
        !/names one machine|cannot be set|derives|gets the URL/.test('why' in rest ? (rest.why ?? '') : ''),
    )
    expect(wrong).toEqual([])
    expect(findings.filter(({ kind }) => kind === 'same').length).toBeGreaterThan(40)
    document(findings)
  })
})
