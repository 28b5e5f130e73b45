import { expect, test } from 'bun:test'
import { importedConfig, planned } from './planned.ts'

/** Point 16: `credentials` was written as text where Mesos expects a file's path, readable by all. */
test('credentials are in a file of mode 0600, whose path the program gets', () => {
  const config = importedConfig({ credentials: 'fw s3cret', slave_credential: 'agent w0rd' })
  for (const [name, flag, secret] of [
    ['mesos-master', 'credentials', 's3cret'],
    ['mesos-agent', 'credential', 'w0rd'],
  ] as const) {
    const { argv, files, env } = planned(name, config)
    const file = files.find(({ content }) => content.includes(secret))
    expect(file?.mode).toBe(0o600)
    expect(argv).toContain(`--${flag}=file://${file?.path}`)
    expect([...argv, ...Object.values(env)].join(' ')).not.toContain(secret)
  }
})
