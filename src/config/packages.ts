import { z } from 'zod'

/** Where a program can come from. */
const providerNames = ['system', 'apt', 'archive', 'docker'] as const

const repository = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  suite: z.string().regex(/^[\w./-]+$/, 'must be a name such as "bookworm", or a path such as "./"'),
  components: z.array(z.string().regex(/^[\w./-]+$/)).default(['main']),
  /** Its OpenPGP key, ASCII-armored. */
  key: z.string().startsWith('-----BEGIN PGP PUBLIC KEY BLOCK-----', 'must be an ASCII-armored OpenPGP key'),
})

/** Where one program comes from, and which one of it. What the chosen provider does not know is refused. */
const packageSchema = z
  .strictObject({
    provider: z.enum(providerNames).default('system'),
    /** `apt`: the package's name, where it is not the program's own. */
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be the name of a Debian package')
      .optional(),
    /** `apt`: this version and no other; it is held until the document says another. */
    version: z
      .string()
      .regex(/^[\w.+:~-]+$/, 'must be a version as `apt-cache policy` shows it')
      .optional(),
    /** `apt`: a source of its own. */
    repository: repository.optional(),
    /** `archive`: addresses of one tar file, the first that works is used. */
    urls: z
      .array(z.url({ protocol: /^(https?|file)$/ }))
      .min(1)
      .optional(),
    /** `archive`: what the file must have. */
    sha256: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits, as `sha256sum` prints them')
      .optional(),
    /** `docker`: the image. */
    image: z
      .string()
      .regex(/^[a-z0-9][\w./:@-]*$/, 'must be an image such as "mesosphere/marathon:v1.11.24"')
      .optional(),
    /** `docker`: a file that `docker save` has written, for machines that cannot pull. */
    imageFile: z.string().startsWith('/', 'must be an absolute path').optional(),
    /** `archive`: the program inside it; `docker`: the command line inside the image. */
    command: z.array(z.string().min(1)).min(1).optional(),
  })
  .superRefine((value, context) => {
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

const belongs = {
  name: ['apt'],
  version: ['apt'],
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
  zookeeper: packageSchema.prefault({}),
  'mesos-master': packageSchema.prefault({}),
  /** Debian's, unless told otherwise; only where `docker.install` asks for one. */
  docker: packageSchema.prefault({ provider: 'apt' }),
  'mesos-agent': packageSchema.prefault({}),
  marathon: packageSchema.prefault({}),
})

export type PackageWish = z.output<typeof packageSchema>
export type PackagesConfig = z.output<typeof packagesSchema>
