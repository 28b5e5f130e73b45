import { expect, setDefaultTimeout } from 'bun:test'
import { join } from 'node:path'
import { needsRoot } from '../root.ts'

setDefaultTimeout(120_000)

needsRoot('a person plays with a cluster, line by line; at the end nothing of it is left', async () => {
  const lines = [
    'help',
    'partition m1 m2',
    'heal m1 m2',
    'delay m2 20',
    'repair m2',
    'run m2 dig @10.77.0.2 leader.mesos +short',
    'loss m1 much',
    'pause m9',
    'dance',
    'reboot m2',
    'end',
  ]
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'play.ts'), '--nodes', '2'], {
    stdin: new Blob([lines.map((line) => `${line}\n`).join('')]),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('m1 has joined')
  expect(out).toMatch(/^10\.77\.0\.1$/m)
  for (const refusal of ['"much" must be a number', 'there is no machine m9', 'there is no dance'])
    expect(out).toContain(`error: ${refusal}`)
  expect(out.match(/m2 has joined/g)).toHaveLength(2)
  const [, namespace = 'none'] = out.match(/ip netns exec (\S+)-0 bash/) ?? []
  expect(Bun.spawnSync(['ip', 'netns', 'list']).stdout.toString()).not.toContain(`${namespace}-`)
})
