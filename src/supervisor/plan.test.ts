import { describe, expect, test } from 'bun:test'
import agentFlags from '../config/flags/mesos-agent.json' with { type: 'json' }
import masterFlags from '../config/flags/mesos-master.json' with { type: 'json' }
import { documentSchema } from '../config/schema.ts'
import { parseZkUrl } from '../config/zookeeper/url.ts'
import { planServices } from './plan.ts'
import type { PlanInput } from './program/input.ts'
import { marathonPath } from './program/marathon.ts'
import { choosePrograms, type Provided } from './provider/choose.ts'
import { systemPrograms } from './provider/system.ts'
import type { ServiceName, ServiceSpec } from './service/spec.ts'

const found = {
  zookeeper: ['/usr/bin/java', '-cp', 'zookeeper.jar', 'QuorumPeerMain'],
  'mesos-master': ['mesos-master'],
  'mesos-agent': ['mesos-agent'],
  marathon: ['marathon'],
}

function input(more: Partial<PlanInput> = {}): PlanInput {
  return {
    config: documentSchema.parse({}),
    machine: {
      name: 'one',
      hostname: 'one.example',
      ip: '10.0.0.1',
      dataDir: '/data',
      logDir: '/log',
      root: true,
      systemd: false,
      cpus: 2,
      memMb: 4096,
    },
    zk: parseZkUrl('zk://10.0.0.1:2181/mesos'),
    birth: {
      serverId: 1,
      clientPort: 2181,
      founder: true,
      servers: [{ id: 1, host: '10.0.0.1', clientPort: 2181, quorumPort: 2888, electionPort: 3888 }],
    },
    programs: choosePrograms(systemPrograms(found), { simulated: false, self: ['meshbox'] }),
    mode: 'joined',
    roles: { controller: true, worker: true },
    ...more,
  }
}

function service(name: ServiceName, more: Partial<PlanInput> = {}): ServiceSpec {
  const spec = planServices(input(more)).services.find((each) => each.name === name)
  if (!spec) throw new Error(`${name} is not planned`)
  return spec
}

const file = (spec: ServiceSpec, name: string) => spec.files.find(({ path }) => path.endsWith(name))
const names = (more: Partial<PlanInput>) => planServices(input(more)).services.map(({ name }) => name)
const ensemble = {
  zk: parseZkUrl('zk://10.0.0.1,10.0.0.2,10.0.0.3/mesos'),
  birth: {
    serverId: 2,
    clientPort: 2181,
    founder: true,
    servers: [1, 2, 3].map((id) => ({
      id,
      host: `10.0.0.${id}`,
      clientPort: 2181,
      quorumPort: 2888,
      electionPort: 3888,
    })),
  },
}

describe('what runs on a machine', () => {
  test('follows from its roles and from whose ZooKeeper it is', () => {
    expect(names({})).toEqual(['zookeeper', 'mesos-master', 'mesos-agent', 'marathon'])
    expect(names({ roles: { controller: false, worker: true } })).toEqual(['zookeeper', 'mesos-agent'])
    const { birth: _, ...external } = input({ roles: { controller: true, worker: false } })
    expect(planServices(external).services.map(({ name }) => name)).toEqual(['mesos-master', 'marathon'])
  })

  test('is the same for the same input, to the letter', () => {
    expect(JSON.stringify(planServices(input()))).toBe(JSON.stringify(planServices(input())))
  })

  test('a program that is missing is held back, but only where it should run', () => {
    const programs = choosePrograms(systemPrograms({ zookeeper: found.zookeeper }), {
      simulated: false,
      self: [],
    })
    const { services, held } = planServices(input({ programs }))
    expect(services.map(({ name }) => name)).toEqual(['zookeeper'])
    expect(held.map(({ name }) => name)).toEqual(['mesos-master', 'mesos-agent', 'marathon'])
    const worker = planServices(input({ programs, roles: { controller: false, worker: true } }))
    expect(worker.held.map(({ name }) => name)).toEqual(['mesos-agent'])
  })

  test('all wait for a ZooKeeper quorum, wherever its servers are; for a master only where it is the only one', () => {
    const needs = (more: Partial<PlanInput>) =>
      planServices(input(more)).services.map(({ name, needs: list }) => `${name}: ${list.join(' ')}`)
    expect(needs({})).toEqual([
      'zookeeper: ',
      'mesos-master: zookeeper-quorum',
      'mesos-agent: zookeeper-quorum mesos-master',
      'marathon: zookeeper-quorum mesos-master',
    ])
    expect(needs(ensemble)).toEqual([
      'zookeeper: ',
      'mesos-master: zookeeper-quorum',
      'mesos-agent: zookeeper-quorum',
      'marathon: zookeeper-quorum',
    ])
  })
})

describe('ZooKeeper', () => {
  test('has a server list that can grow, and votes on no empty disk', () => {
    const spec = service('zookeeper', ensemble)
    expect(spec.argv).toContain('-Dzookeeper.db.autocreate=false')
    expect(spec.argv.at(-1)).toBe('/data/zookeeper/conf/zoo.cfg')
    const lines = file(spec, 'zoo.cfg')?.content.split('\n')
    for (const line of [
      'standaloneEnabled=false',
      'reconfigEnabled=true',
      'admin.enableServer=false',
      'autopurge.purgeInterval=1',
      'dynamicConfigFile=/data/zookeeper/conf/zoo.cfg.dynamic',
      'dataDir=/data/zookeeper/data',
    ]) {
      expect(lines).toContain(line)
    }
    expect(file(spec, 'zoo.cfg')?.content).not.toMatch(/^(clientPort|server\.)/m)
    expect(file(spec, 'zoo.cfg.dynamic')).toMatchObject({
      write: 'server-list',
      content:
        'server.1=10.0.0.1:2888:3888:participant;2181\nserver.2=10.0.0.2:2888:3888:participant;2181\nserver.3=10.0.0.3:2888:3888:participant;2181\n',
    })
    expect(file(spec, 'myid')?.content).toBe('2\n')
    expect(file(spec, 'initialize')?.write).toBe('birth')
  })

  test('is told what the document sets, in zoo.cfg or on the command line of Java', () => {
    const config = documentSchema.parse({
      zookeeper: {
        snapCount: 1000,
        leaderServes: false,
        '4lw.commands.whitelist': 'srvr,mntr',
        'ssl.keyStore.password': 'word',
        'admin.enableServer': true,
        extraParameters: { newThing: 'x' },
      },
    })
    const spec = service('zookeeper', { config })
    const properties = ['snapCount=1000', 'leaderServes=no', '4lw.commands.whitelist=srvr,mntr']
    for (const property of properties) expect(spec.argv).toContain(`-Dzookeeper.${property}`)
    expect(spec.argv.join(' ')).not.toContain('word')
    const zooCfg = file(spec, 'zoo.cfg')
    const lines = ['ssl.keyStore.password=word', 'admin.enableServer=true', 'newThing=x', 'tickTime=2000']
    for (const line of lines) expect(zooCfg?.content.split('\n')).toContain(line)
    expect(zooCfg?.mode).toBe(0o600)
  })

  test('takes clients on loopback alone in dev and in a cluster on loopback', () => {
    const machine = { ...input().machine, ip: '127.0.0.1' }
    const servers = ensemble.birth.servers.map((server) => ({ ...server, host: '127.0.0.1' }))
    const birth = { ...ensemble.birth, servers }
    const list = (more: Partial<PlanInput>) => file(service('zookeeper', more), 'zoo.cfg.dynamic')?.content
    expect(list({ mode: 'dev', birth })).toContain(';127.0.0.1:2181\n')
    expect(list({ machine, birth })).toContain(';127.0.0.1:2181\n')
    expect(list({})).toContain(';2181\n')
  })

  test('writes IPv6 hosts in brackets', () => {
    const birth = {
      ...ensemble.birth,
      servers: [{ id: 1, host: 'fd00::1', clientPort: 2181, quorumPort: 1, electionPort: 2 }],
    }
    expect(file(service('zookeeper', { birth }), 'zoo.cfg.dynamic')?.content).toBe(
      'server.1=[fd00::1]:1:2:participant;2181\n',
    )
  })
})

describe('Mesos', () => {
  test('the quorum is a majority of the declared controllers', () => {
    expect(service('mesos-master').argv).toContain('--quorum=1')
    expect(service('mesos-master', ensemble).argv).toContain('--quorum=2')
    const { birth: _, ...external } = input({ zk: ensemble.zk })
    const master = planServices(external).services.find(({ name }) => name === 'mesos-master')
    expect(master?.argv).toContain('--quorum=2')
  })

  test('every flag is one of the program, and written --flag=value, for nothing else works', () => {
    const catalogues = { 'mesos-master': masterFlags, 'mesos-agent': agentFlags }
    for (const name of ['mesos-master', 'mesos-agent'] as const) {
      const known = catalogues[name].flags.map((flag) => flag.name)
      for (const flag of service(name).argv.slice(1)) {
        const [, , word = ''] = /^--(no-)?([a-z_]+)(=.+)?$/.exec(flag) ?? []
        expect(known).toContain(word)
      }
    }
  })

  test('the agent asks for no systemd where there is none, and for nothing that only root may do', () => {
    const agent = (change: object) =>
      service('mesos-agent', { machine: { ...input().machine, ...change } }).argv.join(' ')
    expect(agent({})).toContain('--no-systemd_enable_support')
    expect(agent({})).not.toContain('--launcher')
    expect(agent({ systemd: true })).toContain(' --systemd_enable_support')
    expect(agent({ root: false, systemd: true })).toContain('--no-systemd_enable_support')
    expect(agent({ root: false })).toContain('--launcher=posix --no-switch_user')
  })

  test('leaving unregisters the agent; stopping it never does', () => {
    const { leave, stop } = service('mesos-agent')
    expect(leave?.[0]?.signal).toBe('SIGUSR1')
    expect(stop.map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGKILL'])
    expect(service('mesos-master').leave).toBeUndefined()
  })

  test('extra flags come last, so that they are what counts', () => {
    const config = documentSchema.parse({
      mesos: { agent: { extraFlags: { work_dir: '/elsewhere', strict: false } } },
    })
    expect(service('mesos-agent', { config }).argv).toContain('--work_dir=/elsewhere')
    expect(service('mesos-agent', { config }).argv).toContain('--no-strict')
  })
})

describe('Marathon', () => {
  test('keeps its state beside that of its own Mesos', () => {
    expect(['/mesos', '/prod/mesos', '/other', '/a/b'].map(marathonPath)).toEqual([
      '/marathon',
      '/prod/marathon',
      '/other-marathon',
      '/a/b-marathon',
    ])
  })
})

test('the probe of a mesos-master knows how it names itself to the others', () => {
  const shown = (master: object) => {
    const { probe } = service('mesos-master', { config: documentSchema.parse({ mesos: { master } }) })
    return probe.kind === 'mesos-master' && probe.shown
  }
  expect(shown({})).toBe('10.0.0.1:5050')
  expect(shown({ hostname: 'm1.example.org', port: 6050 })).toBe('m1.example.org:6050')
  expect(shown({ hostname: 'm1', advertise_port: 7050 })).toBe('m1:7050')
})

test('what mesos-agent and Marathon ask for is known to their probes, and is on no command line', () => {
  const asking = (credentials: unknown) =>
    documentSchema.parse({
      mesos: { agent: { http_credentials: credentials } },
      marathon: { http_credentials: 'me:word' },
    })
  const config = asking('ops word')
  const agent = service('mesos-agent', { config })
  const path = '/data/mesos-agent/flags/http_credentials'
  expect(agent.probe).toMatchObject({ credentials: path })
  expect(agent.argv).toContain(`--http_credentials=file://${path}`)
  expect(service('mesos-agent', { config: asking('/etc/c') }).probe).toMatchObject({ credentials: '/etc/c' })
  const marathon = service('marathon', { config })
  expect(marathon.probe).toMatchObject({ login: 'me:word' })
  expect(marathon.env).toEqual({ MARATHON_HTTP_CREDENTIALS: 'me:word' })
  for (const { argv } of [agent, marathon]) expect(argv.join(' ')).not.toContain('word')
})

describe('credentials in the ZooKeeper URL', () => {
  const zk = parseZkUrl('zk://user:pass%word@10.0.0.1:2181/mesos')

  test('are on no command line', () => {
    for (const { argv } of planServices(input({ zk })).services)
      expect(argv.join(' ')).not.toContain('pass%word')
  })

  test('go to Mesos in a file that only its owner reads, and to Marathon in the environment', () => {
    const master = service('mesos-master', { zk })
    expect(master.argv).toContain('--zk=file:///data/mesos-master/zk')
    expect(master.files).toEqual([
      {
        path: '/data/mesos-master/zk',
        content: 'zk://user:pass%word@10.0.0.1:2181/mesos\n',
        mode: 0o600,
        write: 'replace',
      },
    ])
    expect(service('mesos-agent', { zk }).argv).toContain('--master=file:///data/mesos-agent/zk')
    expect(service('marathon', { zk }).env).toEqual({
      MARATHON_MASTER: 'zk://user:pass%word@10.0.0.1:2181/mesos',
      MARATHON_ZK: 'zk://user:pass%word@10.0.0.1:2181/marathon',
    })
  })
})

describe("the masters' log", () => {
  const workDir = '/data/mesos-master/work'
  const planned = (more: Partial<PlanInput>) => planServices(input(more))
  const born = { ...ensemble, birth: { ...ensemble.birth, firstLog: {} } }

  test('is initialised before mesos-master may run, and by nobody later', () => {
    const { services, held, firstLog } = planned(born)
    expect(services.map(({ name }) => name)).toEqual(['zookeeper', 'mesos-agent', 'marathon'])
    expect(held).toMatchObject([{ name: 'mesos-master', kind: 'preparing' }])
    const task = ['initialize', `--path=${workDir}/replicated_log`, '--timeout=10secs']
    expect(firstLog).toEqual({
      workDir,
      commands: ['mesos-log', '../bin/mesos-log', 'mesos-log'].map((tool) => [tool, ...task]),
      env: {},
    })
    expect(planned(ensemble).firstLog).toBeUndefined()
    expect(service('mesos-master', ensemble).argv).toContain('--no-log_auto_initialize')
  })

  test('that cannot be initialised holds mesos-master, and says why', () => {
    const problem = { reason: 'mesos-log is not there', hint: 'install it' }
    const { held } = planned({ ...ensemble, birth: { ...ensemble.birth, firstLog: { problem } } })
    expect(held).toEqual([{ name: 'mesos-master', kind: 'missing', ...problem }])
  })

  test('is left to the masters where the ZooKeeper is not ours, or somebody wants it so', () => {
    const { birth: _, ...external } = input({ zk: ensemble.zk })
    const argv = planServices(external).services.find(({ name }) => name === 'mesos-master')?.argv
    expect(argv?.join(' ')).not.toContain('log_auto_initialize')
    const config = documentSchema.parse({ mesos: { master: { log_auto_initialize: true } } })
    expect(planned({ ...born, config }).firstLog).toBeUndefined()
    expect(service('mesos-master', { ...born, config }).argv).toContain('--log_auto_initialize')
  })

  test('is initialised by the mesos-log that comes with mesos-master', () => {
    const given = (master: Partial<Provided>) => {
      const provided = {
        ...input().programs.provided,
        'mesos-master': { provider: 'docker', ...master } as Provided,
      }
      return planned({ ...born, programs: { provided, held: [] } }).firstLog?.commands.map((words) =>
        words.join(' '),
      )
    }
    const task = `initialize --path=${workDir}/replicated_log --timeout=10secs`
    expect(given({ provider: 'system', command: ['/opt/mesos/sbin/mesos-master'] })).toEqual([
      `/opt/mesos/sbin/mesos-log ${task}`,
      `/opt/mesos/bin/mesos-log ${task}`,
      `mesos-log ${task}`,
    ])
    expect(given({ command: ['mesos-master'], image: 'mesos:1' })).toEqual([
      `docker run --rm --network=host --volume=${workDir}:${workDir} --entrypoint=mesos-log mesos:1 ${task}`,
    ])
    expect(given({ provider: 'simulated', command: ['/bin/meshbox', 'simulated', 'mesos-master'] })).toEqual([
      `/bin/meshbox simulated mesos-log ${task}`,
    ])
  })
})
