/** Numbers that look drawn and are the same every time. */
function drawn(seed: number): () => number {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 2 ** 32
  }
}

const ip = (net: number, n: number) => `${net}.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
const frameworkNames = ['marathon', 'metronome', 'chronos', 'aurora.prod', 'kafka']
const words = ['api', 'auth', 'billing', 'cache', 'gateway', 'ingest', 'ledger', 'orders', 'search', 'worker']

/**
 * The state of a cluster with ten tasks on each agent and ten instances of each application, much as a master writes it:
 * half of the applications have DiscoveryInfo with two ports, half have addresses of their own, and up to two ports of
 * the agent. About 840 bytes and ten records for each task.
 */
export function madeState(tasks: number, leader: string): string {
  const random = drawn(1)
  const agents = Math.max(1, Math.round(tasks / 10))
  const apps = Math.max(1, Math.round(tasks / 10))
  const hex = (length: number) =>
    Math.floor(random() * 16 ** length)
      .toString(16)
      .padStart(length, '0')
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
  const cluster = uuid()
  const slaves = Array.from({ length: agents }, (_, i) => ({
    id: `${cluster}-S${i}`,
    pid: `slave(1)@${ip(10, i + 257)}:5051`,
    hostname: ip(10, i + 257),
    resources: { cpus: 32, mem: 131_072, disk: 1_000_000, gpus: 0, ports: '[31000-32000]' },
    used_resources: { cpus: 1, mem: 1024, disk: 0, gpus: 0, ports: '[31000-31010]' },
    attributes: { rack: `r${i % 40}` },
    active: true,
    version: '1.11.0',
  }))
  const frameworks = frameworkNames.map((name, i) => ({
    id: `${cluster}-${String(i).padStart(4, '0')}`,
    name,
    pid: `scheduler-${uuid()}@${ip(10, 60_000 + i)}:${40_000 + i}`,
    hostname: ip(10, 60_000 + i),
    active: true,
    tasks: [] as object[],
  }))
  const applications = Array.from({ length: apps }, (_, a) => {
    const base = `${words[a % 10]}-${words[(a >> 3) % 10]}-${a}`
    return {
      name: random() < 0.2 ? base.replaceAll('-', '.') : base,
      framework: Math.floor(random() * random() * frameworks.length),
      discovery: random() < 0.5,
      networks: random() < 0.5,
      ports: Math.floor(random() * 3),
    }
  })
  for (let n = 0; n < tasks; n++) {
    const app = applications[n % apps]
    const framework = frameworks[app?.framework ?? 0]
    if (app && framework) framework.tasks.push(task(n, app, framework.id))
  }
  return JSON.stringify({
    version: '1.11.0',
    leader: `master@${leader}`,
    leader_info: { hostname: '127.0.0.1' },
    slaves,
    frameworks,
    completed_frameworks: [],
  })

  function task(n: number, app: (typeof applications)[number], framework: string): object {
    const agent = Math.floor(random() * agents)
    const ports = Array.from({ length: app.ports }, (_, k) => 31_000 + ((n * 3 + k) % 1000))
    const address = app.networks ? ip(9, n + 1) : (slaves[agent]?.hostname ?? '')
    const network_infos = [
      {
        ...(app.networks ? { name: 'overlay' } : {}),
        ip_addresses: [{ protocol: 'IPv4', ip_address: address }],
      },
    ]
    return {
      id: `${app.name.replaceAll('.', '_')}.${uuid()}`,
      name: app.name,
      framework_id: framework,
      executor_id: '',
      slave_id: `${cluster}-S${agent}`,
      state: 'TASK_RUNNING',
      resources: {
        ...{ cpus: 0.1, mem: 128, disk: 0, gpus: 0 },
        ...(ports.length > 0 ? { ports: `[${ports.map((port) => `${port}-${port}`).join(', ')}]` } : {}),
      },
      role: '*',
      statuses: [
        { state: 'TASK_STARTING', timestamp: 1_500_000_000 + n / 1000 },
        {
          state: 'TASK_RUNNING',
          timestamp: 1_500_000_001.5 + n / 1000,
          healthy: true,
          container_status: {
            container_id: { value: uuid() },
            executor_pid: 1000 + (n % 30_000),
            network_infos,
          },
        },
      ],
      labels: [{ key: 'team', value: words[n % 10] }],
      ...(app.discovery
        ? {
            discovery: {
              visibility: 'FRAMEWORK',
              name: app.name,
              ports: {
                ports: [
                  { number: 8080, name: 'http', protocol: 'tcp' },
                  { number: 9090 + (n % 5), name: 'metrics', protocol: 'tcp' },
                ],
              },
            },
          }
        : {}),
    }
  }
}

/** Applications of ten instances with two ports each: ten addresses and twenty targets in an answer, which fit in one. */
export function plainState(apps: number, leader: string): string {
  const tasks = Array.from({ length: apps * 10 }, (_, n) => ({
    id: `a${n % apps}.${n}`,
    name: `a${n % apps}`,
    slave_id: `c-S${(n + Math.floor(n / apps)) % 100}`,
    state: 'TASK_RUNNING',
    resources: { ports: `[${31_000 + (n % 900)}-${31_001 + (n % 900)}]` },
  }))
  return JSON.stringify({
    leader: `master@${leader}`,
    slaves: Array.from({ length: 100 }, (_, i) => ({
      id: `c-S${i}`,
      pid: `slave(1)@${ip(10, i + 257)}:5051`,
    })),
    frameworks: [{ id: 'f', name: 'marathon', tasks }],
  })
}
