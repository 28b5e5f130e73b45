import manifest from '../package.json' with { type: 'json' }

/** Put in by the build; absent when meshbox runs from its sources. */
declare const MESHBOX_VERSION: string | undefined
declare const MESHBOX_COMMIT: string | undefined

export const version: string = typeof MESHBOX_VERSION === 'string' ? MESHBOX_VERSION : manifest.version
export const commit: string = typeof MESHBOX_COMMIT === 'string' ? MESHBOX_COMMIT : 'source'

/** How to call this very program again: the compiled binary alone, or Bun with the sources. */
export const self: string[] =
  typeof MESHBOX_COMMIT === 'string'
    ? [process.execPath]
    : [process.execPath, new URL('./main.ts', import.meta.url).pathname]
