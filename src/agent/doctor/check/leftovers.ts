import { existsSync } from 'node:fs'
import { type Finding, ok, warning } from '../finding.ts'

/** Units of Mesosphere's, Debian's and the charm's packages that would run beside ours. */
const units = ['zookeeper', 'mesos-master', 'mesos-slave', 'mesos-agent', 'marathon', 'mesos-dns', 'chronos']
const folders = ['/etc/mesos', '/etc/mesos-master', '/etc/mesos-slave', '/etc/marathon']

/** What another installation has left on the machine. */
export async function checkLeftovers(): Promise<Finding[]> {
  const active = existsSync('/run/systemd/system') ? await activeUnits() : []
  const present = folders.filter((folder) => existsSync(folder))
  const findings = [
    ...active.map((unit) =>
      warning(`the unit ${unit} runs a program that meshbox would run`, `systemctl disable --now ${unit}`),
    ),
    ...(present.length > 0
      ? [
          warning(
            `${present.join(', ')} of another installation have no effect here`,
            'meshbox config import /etc',
          ),
        ]
      : []),
  ]
  return findings.length > 0 ? findings : [ok('nothing of another installation is in the way')]
}

async function activeUnits(): Promise<string[]> {
  const child = Bun.spawn(['systemctl', 'is-active', ...units], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  })
  const states = (await new Response(child.stdout).text()).split('\n')
  await child.exited
  return units.filter((_, index) => states[index] === 'active')
}
