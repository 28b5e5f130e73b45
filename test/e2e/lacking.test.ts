import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readlinkSync } from 'node:fs'
import { needsRoot } from '../root.ts'
import { binary, makePlace, type Place } from './machine.ts'

setDefaultTimeout(180_000)

let place: Place

beforeEach(async () => {
  place = await makePlace()
})
afterEach(() => place.remove())

/** Runs meshbox where something of the machine is hidden: in mounts of its own, where the file is one of no use. */
async function without(hidden: string, user: 'root' | 'nobody', ...argv: string[]) {
  const become = user === 'nobody' ? 'setpriv --reuid=65534 --regid=65534 --clear-groups' : ''
  const script = `mount --bind /dev/null ${hidden} && exec ${become} "$0" "$@"`
  const child = Bun.spawn(['unshare', '-m', 'sh', '-c', script, binary, ...argv], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    cwd: place.dir,
    env: { ...process.env, HOME: place.dir },
  })
  const [err, code] = await Promise.all([new Response(child.stderr).text(), child.exited])
  return { code, err }
}

const java = existsSync('/usr/bin/java') ? realPath('/usr/bin/java') : ''

function realPath(path: string): string {
  try {
    return realPath(readlinkSync(path))
  } catch {
    return path
  }
}

needsRoot(
  'without java a person who is not root is told what to install, and nothing is changed',
  async () => {
    Bun.spawnSync(['chmod', '777', place.dir])
    for (const start of [['dev'], ['join', `zk://127.0.0.1:${place.ports.zookeeper}/mesos`]]) {
      const { code, err } = await without(
        java,
        'nobody',
        ...start,
        '--config',
        place.configFile,
        '--data-dir',
        place.dataDir,
      )
      expect({ code, err }).toMatchObject({ code: 1 })
      expect(err).toContain('java is not installed')
      expect(err).toContain('sudo apt-get install')
      expect(existsSync(place.dataDir)).toBe(false)
    }
  },
)

needsRoot('with a java that cannot be run root is told so after an attempt to install it', async () => {
  const { code, err } = await without(
    java,
    'root',
    'dev',
    '--config',
    place.configFile,
    '--data-dir',
    place.dataDir,
  )
  expect({ code, err }).toMatchObject({ code: 1 })
  expect(err).toContain('Installing zookeeper')
  expect(err).toContain('cannot be found though its package is installed')
  expect(existsSync(place.dataDir)).toBe(false)
})

test('a low port without the right to it names the option that moves it', async () => {
  if (process.getuid?.() === 0) {
    Bun.spawnSync(['chmod', '777', place.dir])
    const child = Bun.spawn(
      [
        'setpriv',
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        binary,
        'join',
        'zk://127.0.0.1:1/mesos',
        '--data-dir',
        place.dataDir,
      ],
      { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', cwd: place.dir },
    )
    const [err, code] = await Promise.all([new Response(child.stderr).text(), child.exited])
    expect({ code, err }).toMatchObject({ code: 1 })
    expect(err).toContain('only root may')
    return
  }
  const { code, err } = await place.meshbox('join', 'zk://127.0.0.1:1/mesos', '--data-dir', place.dataDir)
  expect({ code, err }).toMatchObject({ code: 1 })
  expect(err).toContain('only root may')
})
