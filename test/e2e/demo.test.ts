import { expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { makePlace, processesOf } from './machine.ts'

setDefaultTimeout(180_000)

test('the demo deploys, digs, fetches, kills, digs again, and leaves nothing running', async () => {
  const place = await makePlace()
  const root = join(import.meta.dir, '../..')
  try {
    const demo = Bun.spawn([process.execPath, 'build/demo.ts', '--once', '--config', place.configFile], {
      cwd: root,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      env: { ...process.env, MESHBOX_DEMO_DIR: place.dataDir },
    })
    const [out, err, code] = await Promise.all([
      new Response(demo.stdout).text(),
      new Response(demo.stderr).text(),
      demo.exited,
    ])
    expect({ code, err }).toMatchObject({ code: 0 })
    expect(out).toMatch(/web\.marathon\.mesos\.\s+\d+\s+IN\s+A\s+127\.0\.0\.1/)
    expect(out).toMatch(/_web\._tcp\.marathon\.mesos\. \d+\s+IN\s+SRV\s+0 1 \d+ /)
    expect(out).toContain('Directory listing for /')
    expect(out).toContain('after the kill')
    expect(processesOf(place.dir)).toEqual([])
  } finally {
    await place.remove()
  }
})
