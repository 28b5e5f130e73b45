import { z } from 'zod'
import { array } from './option/kind/list.ts'
import { choice, path } from './option/kind/text.ts'
import { type ChangeClass, option } from './option/option.ts'
import { debianName, debianVersion, hash, image, repository, url, word } from './option/packages/kinds.ts'

/** Where a program can come from. */
const providerNames = ['system', 'apt', 'archive', 'docker'] as const

/** Where one program comes from, and which one of it. What the chosen provider does not know is refused. */
function packageSchema(change: ChangeClass) {
  const fact = (text: string) => ({ text, change, local: true }) as const
  return z
    .strictObject({
      provider: option(choice(...providerNames).default('system'), {
        ...fact(
          'Where the program comes from: what is installed already, a Debian package, a tar file, or an image.',
        ),
      }),
      name: option(
        debianName.optional(),
        fact("apt: the package's name, where it is not the program's own."),
      ),
      version: option(
        debianVersion.optional(),
        fact(
          'apt: this version and no other; it is held until the document says another. archive, docker: the version that is in it, for what depends on that.',
        ),
      ),
      repository: option(repository.optional(), fact('apt: a source of its own.')),
      urls: option(
        array(url).min(1, { error: 'must have one address at least' }).optional(),
        fact('archive: addresses of one tar file; the first that works is used.'),
      ),
      sha256: option(hash.optional(), fact('archive: what the file must have.')),
      image: option(image.optional(), fact('docker: the image.')),
      imageFile: option(
        path.optional(),
        fact('docker: a file that `docker save` has written, for machines that cannot pull.'),
      ),
      command: option(
        array(word).min(1, { error: 'must have one word at least' }).optional(),
        fact('archive: the program inside it. docker: the command line inside the image.'),
      ),
    })
    .superRefine((value, context) => {
      if (context.issues.length > 0) return // of a value that is wrong by itself nothing follows
      const { provider } = value
      const fault = (path: string, message: string) =>
        context.addIssue({ code: 'custom', path: [path], message })
      for (const [key, owners] of Object.entries(belongs)) {
        if (value[key as keyof typeof belongs] !== undefined && !owners.includes(provider))
          fault(key, `belongs to provider ${owners.join(' or ')}, not ${provider}`)
      }
      for (const key of required[provider] ?? [])
        if (value[key] === undefined) fault(key, `is needed for provider ${provider}`)
    })
}

const belongs = {
  name: ['apt'],
  version: ['apt', 'archive', 'docker'],
  repository: ['apt'],
  urls: ['archive'],
  sha256: ['archive'],
  image: ['docker'],
  imageFile: ['docker'],
  command: ['archive', 'docker'],
}

const required: Partial<Record<(typeof providerNames)[number], ('urls' | 'sha256' | 'image')[]>> = {
  archive: ['urls', 'sha256'],
  docker: ['image'],
}

/** Where each program comes from. */
export const packagesSchema = z.strictObject({
  zookeeper: packageSchema('rolling').prefault({}),
  'mesos-master': packageSchema('rolling').prefault({}),
  /** Debian's, unless told otherwise; only where `docker.install` asks for one. */
  docker: packageSchema('restart').prefault({ provider: 'apt' }),
  'mesos-agent': packageSchema('rolling').prefault({}),
  marathon: packageSchema('rolling').prefault({}),
})

export type PackageWish = z.output<ReturnType<typeof packageSchema>>
export type PackagesConfig = z.output<typeof packagesSchema>
