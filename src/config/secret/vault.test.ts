import { describe, expect, test } from 'bun:test'
import { parse } from 'yaml'
import { hasStars, maskSettings } from './mask.ts'
import { isSealed } from './seal.ts'
import { isMasked, maskText, openVault, refuseSecrets, type Vault } from './vault.ts'
import { readWraps, rewrapped, unwrap } from './wraps.ts'

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))

function vaultWith(dataKey: Uint8Array | undefined, keyed = true): Vault {
  return openVault(() => keyed, { recall: () => dataKey, remember() {} })
}

const text = `# who we are
name: x
dns:
  ttl: 30 # short
  mesosCredentials:
    principal: dns
    secret: hushhush
nodes:
  b:
    dns:
      mesosCredentials: { principal: dns, secret: otherhush }
`

describe('a document with secrets', () => {
  const vault = vaultWith(random(32))
  const sealed = vault.seal(text, '')

  test('has none of them in ZooKeeper, and everything else as it was', () => {
    expect(sealed).not.toContain('hush')
    expect(sealed).toContain('# who we are\nname: x\ndns:\n  ttl: 30 # short\n')
    const values = parse(sealed)
    expect(isSealed(values.dns.mesosCredentials)).toBe(true)
    expect(isSealed(values.nodes.b.dns.mesosCredentials)).toBe(true)
    expect(vault.seal(sealed, sealed)).toBe(sealed)
  })

  test('says what was written to who has the data key, and that it is sealed to who has not', () => {
    const { common, layers } = vault.read(sealed, 'it')
    expect(common.dns.mesosCredentials).toEqual({ principal: 'dns', secret: 'hushhush' })
    expect(layers.nodes.b).toEqual({ dns: { mesosCredentials: { principal: 'dns', secret: 'otherhush' } } })
    const path = 'dns.mesosCredentials'
    for (const other of [vaultWith(random(32)), vaultWith(undefined)])
      expect(() => other.read(sealed, 'it')).toThrow(
        `${path}: was sealed with a key that this machine has not`,
      )
    expect(() => vaultWith(undefined, false).read(sealed, 'it')).toThrow('this machine has no key')
  })

  test('is shown with stars, which mean what was there when they come back', () => {
    const shown = vault.mask(sealed)
    expect(shown).not.toContain('hush')
    expect(parse(shown).dns.mesosCredentials).toEqual({ principal: '***', secret: '***' })
    expect(parse(vault.seal(shown, sealed))).toEqual(parse(sealed))
    const edited = shown.replace('secret: "***"', 'secret: newhush')
    const { common, layers } = vault.read(vault.seal(edited, sealed), 'it')
    expect(common.dns.mesosCredentials).toEqual({ principal: 'dns', secret: 'newhush' })
    expect(parse(vault.seal(edited, sealed)).nodes).toEqual(parse(sealed).nodes)
    expect(layers.top).toMatchObject({ name: 'x' })
    expect(() => vault.seal('dns: { mesosCredentials: { secret: "***" } }', 'name: x')).toThrow(
      'dns.mesosCredentials: its value is not known here',
    )
  })

  test('is known by its stars', () => {
    expect([text, maskText(text), sealed, vault.mask(sealed), 'name: "***"', ': {'].map(isMasked)).toEqual([
      ...[false, true, false, true],
      ...[false, false],
    ])
  })

  test('cannot be put together from the secrets of other options', () => {
    const { mesosCredentials } = parse(sealed).dns
    const moved = JSON.stringify({ zookeeper: { 'ssl.keyStore.password': mesosCredentials } })
    expect(() => vault.read(moved, 'it')).toThrow('zookeeper.ssl.keyStore.password: was sealed')
  })

  test('is never applied with a secret in the clear', () => {
    expect(() => vault.read(text, 'it')).toThrow('dns.mesosCredentials: stands in the clear')
    expect(() => vaultWith(undefined, false).read(text, 'it')).toThrow('this cluster has no key')
  })

  test('is refused in an open cluster, with the command that makes a key', () => {
    const hint = expect.stringContaining('meshbox key new')
    const refused = expect.objectContaining({ code: 'document-secret-open', hint })
    expect(() => vaultWith(undefined, false).seal(text, '')).toThrow(refused)
    expect(() => refuseSecrets(text)).toThrow(refused)
    refuseSecrets('name: x')
    expect(vaultWith(undefined, false).seal('name: x', '')).toBe('name: x')
  })

  test('is refused when a secret hides behind an alias', () => {
    const aliased = 'dns: &d { mesosCredentials: { secret: hush } }\nnodes: { b: { dns: *d } }\n'
    expect(() => vault.seal(aliased, '')).toThrow(/cannot (seal|edit)/)
    const elsewhere = 'zookeeper: { ssl.keyStore.password: &p hush }\nname: *p\n'
    expect(() => vault.read(vault.seal(elsewhere, ''), 'it')).toThrow()
  })
})

test('the settings of a machine are shown with stars', () => {
  const settings = { name: 'x', dns: { ttl: 3, mesosCredentials: { principal: 'p', secret: 's' } } }
  expect(maskSettings(settings)).toEqual({
    name: 'x',
    dns: { ttl: 3, mesosCredentials: { principal: '***', secret: '***' } },
  })
  expect(hasStars(maskSettings(settings))).toBe(true)
  expect(settings.dns.mesosCredentials.secret).toBe('s')
})

describe('the wrapped data key', () => {
  const [one, two, dataKey] = [random(32), random(32), random(32)]
  const wraps = rewrapped({}, dataKey, [one])

  test('opens with each key of the ring, and with no other', () => {
    expect(unwrap(wraps, [one])).toEqual(Buffer.from(dataKey))
    expect(unwrap(wraps, [two])).toBeUndefined()
    const both = rewrapped(wraps, dataKey, [two, one])
    expect(unwrap(both, [two])).toEqual(Buffer.from(dataKey))
    expect(rewrapped(both, dataKey, [two, one])).toBe(both)
    const [name = ''] = Object.keys(wraps)
    const next = rewrapped(both, dataKey, [two], [name])
    expect(unwrap(next, [one])).toBeUndefined()
    expect(unwrap(next, [two])).toEqual(Buffer.from(dataKey))
  })

  test('is told from what somebody else wrote there', () => {
    expect(readWraps(Buffer.from(JSON.stringify(wraps)))).toEqual(wraps)
    for (const garbage of ['', '{', '[]', '{"a":1}']) expect(readWraps(Buffer.from(garbage))).toBeUndefined()
  })
})
