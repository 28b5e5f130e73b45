/** A made-up cluster of any size: ten instances of each application, half of the applications with addresses of their own. */
export function madeState(tasks: number, leader: string, { changed = 0 } = {}): string {
  const agents = Math.max(1, Math.round(tasks / 10))
  const frameworks = ['marathon', 'chronos', 'aurora.prod', 'kafka']
  const ip = (base: number, i: number) => `${base}.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
  const slaves = Array.from({ length: agents }, (_, i) => {
    const host = ip(10, i + 257)
    return JSON.stringify({
      id: `c-S${i}`,
      pid: `slave(1)@${host}:5051`,
      hostname: host,
      resources: { cpus: 32, mem: 131072, disk: 100000, ports: '[31000-32000]' },
      attributes: { rack: `r${i % 40}`, zone: 'eu-west-1a' },
    })
  })
  const byFramework = frameworks.map((name, f) => {
    const own: string[] = []
    for (let i = f; i < tasks; i += frameworks.length) own.push(JSON.stringify(task(i)))
    return `{"name":"${name}","hostname":"10.0.0.${f + 1}","pid":"scheduler@10.0.0.${f + 1}:4000","active":true,"tasks":[${own.join(',')}]}`
  })
  return `{"version":"1.12.0","leader":"master@${leader}","slaves":[${slaves.join(',')}],"frameworks":[${byFramework.join(',')}]}`

  function task(i: number): object {
    const app = `app-${Math.floor(i / 40)}-${i % 4}`
    const port = 31000 + (i % 900)
    const address = app.length % 2 === 0 ? ip(172, (16 << 16) + i) : undefined
    return {
      id: `${app}.${i}-0000-4000-8000-${i + (i === 0 ? changed : 0)}`,
      name: app,
      framework_id: 'f',
      executor_id: '',
      slave_id: `c-S${i % agents}`,
      state: 'TASK_RUNNING',
      resources: { cpus: 0.1, mem: 64, disk: 0, ports: `[${port}-${port + 1}]` },
      statuses: ['TASK_STARTING', 'TASK_RUNNING'].map((state, n) => ({
        state,
        timestamp: 1700000000 + i + n / 10,
        container_status: {
          container_id: { value: `00000000-0000-4000-8000-${i}` },
          network_infos:
            address === undefined ? [] : [{ ip_addresses: [{ protocol: 'IPv4', ip_address: address }] }],
        },
      })),
      labels: [{ key: 'team', value: `t${i % 17}` }],
    }
  }
}
