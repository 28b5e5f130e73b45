import { join } from 'node:path'
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

/**
 * Compiles meshbox into one binary. It reads neither `.env` nor `bunfig.toml` of the folder that it is started in.
 * @param target such as `bun-linux-x64-baseline`; this machine's own when left out
 */
export async function compile(outfile: string, target?: Bun.Build.CompileTarget): Promise<void> {
  const result = await Bun.build({
    entrypoints: entryPoints.map((path) => join(root, path)),
    root,
    minify: { whitespace: true, syntax: true },
    sourcemap: 'none',
    define: {
      MESHBOX_VERSION: JSON.stringify(manifest.version),
      MESHBOX_COMMIT: JSON.stringify(commit()),
    },
    compile: {
      outfile,
      autoloadDotenv: false,
      autoloadBunfig: false,
      ...(target ? { target } : {}),
    },
  })
  if (!result.success) throw new AggregateError(result.logs, 'cannot build meshbox')
}

if (import.meta.main) {
  const outfile = join(root, 'dist/meshbox')
  await compile(outfile)
  process.stdout.write(`built ${outfile}\n`)
}
