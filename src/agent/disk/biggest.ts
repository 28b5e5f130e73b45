import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { word } from '../../shell.ts'

/**
 * The command that shows what is biggest on the disk of a folder, the biggest last: what fills it may lie anywhere on it, and
 * what it is for meshbox cannot know. Small files are left out: to sort them all takes room, of which there is none.
 */
export const biggestOn = (folder: string) => `du -xaht 1M ${word(topOf(folder))} | sort -h | tail -n 20`

/** Where it is mounted. */
function topOf(folder: string): string {
  try {
    const parent = dirname(folder)
    return parent !== folder && statSync(parent).dev === statSync(folder).dev ? topOf(parent) : folder
  } catch {
    return folder
  }
}
