import { existsSync } from 'node:fs'
import { MeshboxError } from '../../../error.ts'
import type { Provided } from '../choose.ts'
import { runToEnd } from '../run.ts'

/** An image, and where it can be had. */
export type ImageSource = { image: string; file?: string | undefined; command: string[] }

/**
 * Has the image on this machine: as it is there, from its file, or pulled.
 * @throws MeshboxError with the engine's own words
 */
export async function haveImage(
  { image, file, command }: ImageSource,
  { signal, doing }: { signal: AbortSignal; doing: (what: string) => void },
): Promise<Provided> {
  const docker = (...words: string[]) => runToEnd(['docker', ...words], { signal })
  const idOf = async () => {
    const { code, out } = await docker('image', 'inspect', '--format', '{{.Id}}', image)
    return code === 0 ? out.trim() : undefined
  }
  const engine = await docker('version', '--format', '{{.Server.Version}}')
  if (engine.code !== 0)
    throw new MeshboxError({
      code: 'docker-engine',
      message: `cannot use docker: ${lastLine(engine.complaints)}`,
      hint: 'install the engine (`apt-get install docker.io`) and start it; it is tried again by itself',
    })
  if (!(await idOf())) {
    if (file !== undefined && !existsSync(file))
      throw new MeshboxError({
        code: 'docker-file',
        message: `cannot load the image ${image}: there is no file ${file}`,
        hint: 'write it with `docker save` on a machine that has the image',
      })
    doing(file === undefined ? 'pulling the image' : 'loading the image')
    const { code, complaints } = await (file === undefined
      ? docker('pull', '--quiet', image)
      : docker('load', '--quiet', '--input', file))
    if (code !== 0)
      throw new MeshboxError({
        code: 'docker-image',
        message: `cannot ${file === undefined ? 'pull' : 'load'} ${image}: ${lastLine(complaints)}`,
        hint: file === undefined ? 'check its name, or load it from a file: `imageFile`' : `check ${file}`,
      })
  }
  const id = await idOf()
  if (id === undefined)
    throw new MeshboxError({
      code: 'docker-image',
      message: `cannot find ${image} after it was loaded: ${file} holds another image`,
      hint: '`docker image ls` shows what it was',
    })
  // The id, so that a tag which moves later is another program, and not a surprise at the next restart.
  return { provider: 'docker', command, image: id }
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) || 'without a word'
