import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { entryPoints } from './entry-points.ts'

export const root = join(import.meta.dir, '..')

/** The commit that is built; with a `+` when there are changes on top of it. */
function commit(): string {
  const git = (...argv: string[]) =>
    Bun.spawnSync(['git', '-C', root, ...argv], { stderr: 'ignore' })
      .stdout.toString()
      .trim()
  const head = git('rev-parse', '--short=12', 'HEAD')
  if (head === '') return 'unknown'
  return git('status', '--porcelain', '--untracked-files=no') === '' ? head : `${head}+`
}

type Compile = {
  version?: string
  /** For whom and with which Bun; for this machine and with its own when left out. */
  target?: { bun: Bun.Build.CompileTarget; executable: string }
  /** What `meshbox upgrade` checks signatures with: a public Ed25519 key, SPKI in base64. */
  releaseKey?: string
}

/**
 * Compiles meshbox into one binary. It reads neither `.env` nor `bunfig.toml` of the folder that it is started in. A
 * binary that stood there before is replaced at once, also while it runs.
 */
export async function compile(
  outfile: string,
  { version = manifest.version, target, releaseKey = '' }: Compile = {},
): Promise<void> {
  mkdirSync(dirname(outfile), { recursive: true })
  // Under its own name, which is built in: the same sources make the same bytes.
  const work = mkdtempSync(join(dirname(outfile), '.build-'))
  try {
    const unfinished = join(work, basename(outfile))
    const result = await Bun.build({
      entrypoints: entryPoints.map((path) => join(root, path)),
      root,
      // Parsing the sources at each start takes 70 ms; bytecode takes 23, and 13 when a command loads only its part.
      format: 'esm',
      bytecode: true,
      splitting: true,
      // Shorter names save nothing more. The map is read only when a stack is printed.
      minify: { whitespace: true, syntax: true },
      sourcemap: 'inline',
      define: {
        MESHBOX_VERSION: JSON.stringify(version),
        MESHBOX_COMMIT: JSON.stringify(commit()),
        MESHBOX_RELEASE_KEY: JSON.stringify(releaseKey),
      },
      compile: {
        ...(target ? { target: target.bun, executablePath: target.executable } : {}),
        outfile: unfinished,
        autoloadDotenv: false,
        autoloadBunfig: false,
      },
    })
    if (!result.success) throw new AggregateError(result.logs, 'cannot build meshbox')
    renameSync(unfinished, outfile)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const outfile = join(root, 'dist/meshbox')
  await compile(outfile)
  process.stdout.write(`built ${outfile}\n`)
}
