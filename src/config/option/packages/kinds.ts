import { z } from 'zod'
import { kind } from '../kind/kind.ts'

/** A text of a certain form. */
function form(pattern: RegExp, name: string, error: string, good: string[], bad: string[]) {
  return kind(z.string({ error }).regex(pattern, { error }), {
    name,
    text: error.replace(/^must be /, ''),
    good,
    bad: [...bad, '', 5],
  })
}

export const debianName = form(
  /^[a-z0-9][a-z0-9+.-]+$/,
  'package',
  'must be the name of a Debian package',
  ['zookeeper', 'g++'],
  ['ZooKeeper', 'a b'],
)

export const debianVersion = form(
  /^[\w.+:~-]+$/,
  'version',
  'must be a version as `apt-cache policy` shows it',
  ['3.8.0-11+deb12u2', '1:2~rc1'],
  ['3.8 or so'],
)

export const hash = form(
  /^[0-9a-fA-F]{64}$/,
  'sha256',
  'must be 64 hexadecimal digits, as `sha256sum` prints them',
  ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  ['9f86', 'z'.repeat(64)],
)

export const image = form(
  /^[a-z0-9][\w./:@-]*$/,
  'image',
  'must be an image such as "mesosphere/marathon:v1.11.24"',
  ['mesosphere/marathon:v1.11.24'],
  ['Marathon', '-x'],
)

/** Of a command line. */
export const word = form(/./s, 'text', 'must be a text that is not empty', ['bin/x', '--flag'], [])

const urlError = 'must be an address with http, https or file'

export const url = kind(z.url({ protocol: /^(https?|file)$/, error: urlError }), {
  name: 'URL',
  text: 'an address with http, https or file',
  good: ['https://mirror.example/x.tar.gz', 'file:///srv/x.tar.gz'],
  bad: ['mirror.example/x', 'ftp://a/b', '', 5],
})

const suiteError = 'must be a name such as "bookworm", or a path such as "./"'
const keyError = 'must be an ASCII-armored OpenPGP key'
const keyStart = '-----BEGIN PGP PUBLIC KEY BLOCK-----'

/** A source of Debian packages. */
export const repository = kind(
  z.strictObject(
    {
      url: z.url({ protocol: /^https?$/, error: 'must be an address with http or https' }),
      suite: z.string({ error: suiteError }).regex(/^[\w./-]+$/, { error: suiteError }),
      components: z
        .array(z.string({ error: 'must be a name' }).regex(/^[\w./-]+$/, { error: 'must be a name' }), {
          error: 'must be a list of names',
        })
        .default(['main']),
      /** Its OpenPGP key, ASCII-armored. */
      key: z.string({ error: keyError }).startsWith(keyStart, { error: keyError }),
    },
    { error: 'must be a mapping of url, suite, components and key' },
  ),
  {
    name: 'repository',
    text: 'a mapping of url, suite, components and key, an ASCII-armored OpenPGP key',
    good: [{ url: 'https://deb.example', suite: 'bookworm', key: `${keyStart}\n` }],
    bad: ['https://deb.example', { url: 'https://deb.example' }, { url: 'x', suite: 'y', key: keyStart }, 5],
  },
)
