import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MeshboxError } from '../../../error.ts'
import type { ServiceName } from '../../service/spec.ts'
import type { Provided } from '../choose.ts'
import { zookeeperMain } from '../find.ts'

/** Where archives of Mesos and Marathon have their programs. */
const places = ['sbin', 'bin', 'usr/sbin', 'usr/bin', 'usr/local/sbin', 'usr/local/bin', '.']

/**
 * How a program is run from an unpacked archive.
 * @param words the program inside the archive, and its first arguments, where they are not the usual ones
 * @throws MeshboxError when it is not in there
 */
export function programIn(
  content: string,
  name: ServiceName,
  { words, java }: { words?: string[] | undefined; java: string | undefined },
): Provided {
  const [program, ...rest] = words ?? []
  if (program !== undefined) {
    const path = join(content, program)
    if (!existsSync(path)) throw notThere(program)
    return { provider: 'archive', command: [path, ...rest], ...around(content) }
  }
  if (name === 'zookeeper') return zookeeperIn(content, java)
  const spellings = name === 'mesos-agent' ? [name, 'mesos-slave'] : [name]
  const path = places
    .flatMap((place) => spellings.map((spelling) => join(content, place, spelling)))
    .find(existsSync)
  if (!path) throw notThere(name)
  return { provider: 'archive', command: [path], ...around(content) }
}

function zookeeperIn(content: string, java: string | undefined): Provided {
  if (!existsSync(join(content, 'lib'))) throw notThere('lib/ with the jars of ZooKeeper')
  if (!java)
    throw new MeshboxError({
      code: 'archive-java',
      message: 'cannot run ZooKeeper: java is not installed',
      hint: 'apt-get install default-jre-headless',
    })
  const jars = [`${content}/*`, `${content}/lib/*`].join(':')
  return { provider: 'archive', command: [java, '-cp', jars, zookeeperMain] }
}

/** Mesos has the places of its parts compiled in; in an archive they lie elsewhere. */
function around(content: string): Pick<Provided, 'env' | 'flags'> {
  const libraries = ['lib', 'usr/lib'].map((place) => join(content, place)).filter(existsSync)
  const launcher = ['libexec/mesos', 'usr/libexec/mesos']
    .map((place) => join(content, place))
    .find(existsSync)
  const webui = ['share/mesos/webui', 'usr/share/mesos/webui']
    .map((place) => join(content, place))
    .find(existsSync)
  const flags = { ...(launcher ? { launcher_dir: launcher } : {}), ...(webui ? { webui_dir: webui } : {}) }
  return {
    ...(libraries.length > 0 ? { env: { LD_LIBRARY_PATH: libraries.join(':') } } : {}),
    ...(Object.keys(flags).length > 0 ? { flags } : {}),
  }
}

function notThere(what: string): MeshboxError {
  return new MeshboxError({
    code: 'archive-program',
    message: `cannot find ${what} in the archive`,
    hint: 'look at it with `tar -tf`, and name the program in `command`',
  })
}
