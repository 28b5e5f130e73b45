import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, open, rename, rm, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { backoffMs, type Clock } from '../../../clock.ts'
import { MeshboxError, messageOf } from '../../../error.ts'

const triesOfEach = 3
const retry = { firstMs: 500, maxMs: 5000 }
/** A server that sends nothing for so long is given up. */
const silenceMs = 30_000

export type Source = {
  /** http(s): or file: URLs, the first that works is used. */
  urls: string[]
  /** Hexadecimal. What does not have it is never unpacked. */
  sha256: string
}

export type DownloadDeps = {
  clock: Clock
  random: () => number
  signal: AbortSignal
  /** So many bytes are there, of so many where the server says so. */
  progress: (done: number, total: number | undefined) => void
  silence?: number
}

/**
 * Fetches a file to `path` and checks it. What was fetched before a break is kept in `<path>.part` and gone on from, in
 * this run or a later one; after a wrong hash or on a full disk nothing is left.
 * @throws MeshboxError that tells for each address why it was not taken
 */
export async function download(source: Source, path: string, deps: DownloadDeps): Promise<void> {
  const part = `${path}.part`
  const refusals: string[] = []
  for (const url of source.urls) {
    const refusal = await tryUrl(url, source.sha256, part, deps)
    if (refusal === undefined) {
      await rename(part, path)
      return
    }
    refusals.push(`${url}: ${refusal}`)
  }
  throw new MeshboxError({
    code: 'archive-download',
    message: `cannot download it: ${refusals.join('; ')}`,
    hint: 'check the address and the hash, or name a mirror of your own',
  })
}

/** Why not; undefined when the whole and right file is there. */
async function tryUrl(
  url: string,
  sha256: string,
  part: string,
  deps: DownloadDeps,
): Promise<string | undefined> {
  for (let attempt = 0; ; attempt++) {
    deps.signal.throwIfAborted()
    try {
      if (url.startsWith('file:')) await copyFile(fileURLToPath(url), part)
      else await fetchInto(url, part, deps)
      const found = await sha256Of(part)
      if (found === sha256.toLowerCase()) return undefined
      await rm(part, { force: true })
      return `its sha256 is ${found}, not ${sha256}`
    } catch (error) {
      if (deps.signal.aborted) throw error
      if (isFullDisk(error)) {
        await rm(part, { force: true })
        throw new MeshboxError({
          code: 'archive-disk',
          message: `cannot download ${url}: the disk is full`,
          hint: 'make room in the data directory: `df -h` shows how much there is',
          cause: error,
        })
      }
      if (error instanceof Refused || attempt + 1 >= triesOfEach) return messageOf(error)
      await deps.clock.sleep(backoffMs(attempt, retry, deps.random), deps.signal)
    }
  }
}

/** An answer that a second try would not change. */
class Refused extends Error {}

async function fetchInto(
  url: string,
  part: string,
  { clock, signal, progress, silence = silenceMs }: DownloadDeps,
): Promise<void> {
  const have = await sizeOf(part)
  const quiet = new AbortController()
  let cancel = clock.after(silence, hushed)
  function hushed(): void {
    quiet.abort(new Error(`it sent nothing for ${Math.round(silence / 1000)} s`))
  }
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, quiet.signal]),
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
    })
    if (response.status === 416) await rm(part, { force: true })
    if (!response.ok) {
      const why = `it answers ${response.status}`
      throw response.status >= 500 || response.status === 416 ? new Error(why) : new Refused(why)
    }
    const goesOn = response.status === 206
    const length = Number(response.headers.get('content-length')) || undefined
    let done = goesOn ? have : 0
    const total = length === undefined ? undefined : done + length
    const file = await open(part, goesOn ? 'a' : 'w', 0o600)
    try {
      for await (const chunk of response.body ?? []) {
        cancel()
        cancel = clock.after(silence, hushed)
        await file.writeFile(chunk)
        done += chunk.length
        progress(done, total)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    if (total !== undefined && done < total) throw new Error(`it broke off after ${done} of ${total} bytes`)
  } catch (error) {
    throw quiet.signal.aborted ? quiet.signal.reason : error
  } finally {
    cancel()
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

function isFullDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
