import { chmodSync, createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { systemClock } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import { download } from '../../supervisor/provider/archive/download.ts'
import { runToEnd } from '../../supervisor/provider/run.ts'
import type { Installation } from '../installation/installation.ts'
import { type Protocol, protocolSchema } from './protocol.ts'
import { isAddress, type Listed } from './release.ts'

const saidSchema = z.object({ version: z.string(), protocol: protocolSchema })
const sayMs = 20_000

/** A new binary beside the present one, which has been run once. */
export type Staged = { path: string; version: string; protocol: Protocol; drop(): void }

/**
 * Fetches the binary of a release, checks it, and has it say who it is.
 * @param progress bytes that are there, and of how many
 * @throws MeshboxError when it is not what the list says, or does not run here; then nothing is left
 */
export async function stage(
  { version, archive, sha256 }: Listed,
  source: string,
  installation: Installation,
  progress: (done: number, total: number | undefined) => void,
): Promise<Staged> {
  // Beside its place: the last step is one rename, and whatever is mounted noexec is not there.
  const folder = mkdtempSync(join(dirname(installation.binary), '.meshbox-upgrade-'))
  const drop = () => rmSync(folder, { recursive: true, force: true })
  try {
    const packed = join(folder, archive)
    const url = isAddress(source) ? `${source}/${archive}` : pathToFileURL(resolve(source, archive)).href
    const deps = { clock: systemClock, random: Math.random, signal: new AbortController().signal, progress }
    await download({ urls: [url], sha256 }, packed, deps)
    const path = join(folder, 'meshbox')
    await pipeline(createReadStream(packed), createGunzip(), createWriteStream(path))
    rmSync(packed)
    chmodSync(path, 0o755)
    const said = await whoIs(path)
    if (said.version !== version)
      throw new MeshboxError({
        code: 'upgrade-other',
        message: `cannot upgrade: ${archive} holds version ${said.version}`,
        hint: 'the release was made wrongly; nothing was changed',
      })
    return { path, ...said, drop }
  } catch (error) {
    drop()
    throw error
  }
}

async function whoIs(path: string): Promise<{ version: string; protocol: Protocol }> {
  const { code, out, complaints } = await runToEnd([path, 'version', '--json'], {
    signal: AbortSignal.timeout(sayMs),
  })
  try {
    return saidSchema.parse(JSON.parse(out))
  } catch (cause) {
    throw new MeshboxError({
      code: 'upgrade-broken',
      message: `cannot upgrade: the new version does not run here: ${complaints.trim().split('\n')[0] || `it ended with ${code}`}`,
      hint: 'nothing was changed',
      cause,
    })
  }
}
