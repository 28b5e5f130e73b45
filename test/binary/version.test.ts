import { expect, test } from 'bun:test'
import manifest from '../../package.json' with { type: 'json' }
import { binary, run } from './run.ts'

test('version prints the version, the commit and the version of Bun', async () => {
  const { code, out, err } = await run([binary, 'version'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const [, version, commit, bun] = /^meshbox (\S+) \(commit ([0-9a-f]{12})\+?, Bun (\S+)\)\n$/.exec(out) ?? []
  expect(version).toBe(manifest.version)
  expect(bun).toBe(manifest.devDependencies.bun)
  const known = await run(['git', '-C', import.meta.dir, 'cat-file', '-t', commit ?? ''])
  expect(known.out).toBe('commit\n')
})

test('version --json says the same', async () => {
  const plain = await run([binary, 'version'])
  const { version, commit, bun } = JSON.parse((await run([binary, 'version', '--json'])).out)
  expect(`meshbox ${version} (commit ${commit}, Bun ${bun})\n`).toBe(plain.out)
})
