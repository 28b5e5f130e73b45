import { describe, expect, test } from 'bun:test'
import { type App, defineApp, isInvalid } from './app.ts'
import { loadMarathonFlags } from './flags.ts'

const define = (change: unknown, before?: App, now = 'v1'): App => {
  const defined = defineApp(change, before, now)
  if (isInvalid(defined)) throw new Error(JSON.stringify(defined))
  return defined
}

describe('an app', () => {
  test('has the defaults of Marathon', () => {
    const app = define({ id: 'web', cmd: 'x' })
    expect([app.id, app.instances, app.cpus, app.mem, app.backoffFactor]).toEqual(['/web', 1, 1, 128, 1.15])
    expect(app.portDefinitions).toEqual([{ port: 0, protocol: 'tcp', name: 'default', labels: {} }])
  })

  test('keeps what a change does not name; only what tasks depend on asks for new ones', () => {
    const first = define({ id: '/web', cmd: 'x', env: { A: '1' } })
    const scaled = define({ instances: 3 }, first, 'v2')
    expect([scaled.cmd, scaled.version, scaled.configVersion, scaled.scalingVersion]).toEqual([
      'x',
      'v2',
      'v1',
      'v2',
    ])
    const changed = define({ env: { A: '2' } }, scaled, 'v3')
    expect([changed.instances, changed.configVersion, changed.scalingVersion]).toEqual([3, 'v3', 'v2'])
    expect(define({ ports: [1, 2] }, changed, 'v4').portDefinitions.length).toBe(2)
  })

  test('is refused with the place of what is wrong', () => {
    const places = (change: unknown) => {
      const defined = defineApp(change, undefined, 'v1')
      return isInvalid(defined) ? defined.details.map(({ path }) => path) : []
    }
    expect(places({ id: '/Web', cmd: 'x' })).toEqual(['/id'])
    expect(places({ id: '/web', cmd: 'x', cpus: 'many' })).toEqual(['/cpus'])
    expect(places({ id: '/web' })).toEqual(['/'])
    expect(places({ id: '/web', cmd: 'x', container: { docker: { image: 'x' } } })).toEqual(['/container'])
    expect(places('nothing')).toContain('/id')
  })
})

describe('flags', () => {
  const load = (line: string, env: Record<string, string> = {}) =>
    loadMarathonFlags(line.split(' ').filter(Boolean), env)
  const get = (name: string, line: string, env: Record<string, string> = {}) => {
    const loaded = load(line, env)
    return loaded.kind === 'flags' ? loaded.flags.get(name) : loaded.kind
  }

  test('both spellings, toggles and their negation, the environment behind them', () => {
    expect(get('http_port', '--master x --http_port=81')).toBe('81')
    expect(get('http_port', '--master x --http_port 81')).toBe('81')
    expect([get('ha', '--master x'), get('ha', '--master x --disable_ha')]).toEqual(['true', 'false'])
    expect(get('ha', '--master x', { MARATHON_DISABLE_HA: '' })).toBe('false')
    expect(get('master', '', { MARATHON_MASTER: 'y' })).toBe('y')
    expect(get('master', '--master x', { MARATHON_MASTER: 'y' })).toBe('x')
  })

  test('refusals in the words of Scallop', () => {
    const why = (line: string) => {
      const loaded = load(line)
      return loaded.kind === 'failed' ? loaded.message : loaded.kind
    }
    expect(why('')).toBe("[scallop] Error: Required option 'master' not found")
    expect(why('--master x --frobnicate')).toBe("[scallop] Error: Unknown option 'frobnicate'")
    expect(why('--master x --http_port abc')).toContain("Bad arguments for option 'http_port': 'abc'")
    expect(why('--master x --http_port 70000')).toContain('http_port')
    expect(why('--master')).toContain("Bad arguments for option 'master'")
    expect(why('--master x --master y')).toContain('exactly one')
    expect(why('--master x stray')).toContain("'stray'")
    expect(why('--help')).toBe('help')
  })
})
