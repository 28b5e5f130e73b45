import manifest from '../package.json' with { type: 'json' }

/** Put in by the build; absent when meshbox runs from its sources. */
declare const MESHBOX_VERSION: string | undefined
declare const MESHBOX_COMMIT: string | undefined
declare const MESHBOX_RELEASE_KEY: string | undefined

export const version: string = typeof MESHBOX_VERSION === 'string' ? MESHBOX_VERSION : manifest.version
export const commit: string = typeof MESHBOX_COMMIT === 'string' ? MESHBOX_COMMIT : 'source'

/** What signatures of other releases are checked with: SPKI in base64. Empty in a binary that is no release. */
export const releaseKey: string = typeof MESHBOX_RELEASE_KEY === 'string' ? MESHBOX_RELEASE_KEY : ''

/**
 * What machines say to each other and leave for each other, in gossip, letters and znodes. Raise `speaks` with what an older
 * meshbox would misread, and `understands` when the last of that is forgotten: machines of two versions go together while
 * each understands what the other speaks.
 */
export const protocol = { speaks: 1, understands: 1 }

/** How to call this very program again: the compiled binary alone, or Bun with the sources. */
export const self: string[] =
  typeof MESHBOX_COMMIT === 'string'
    ? [process.execPath]
    : [process.execPath, new URL('./main.ts', import.meta.url).pathname]
