import type { FileHandle } from 'node:fs/promises'

/**
 * Where the text of a log begins: after what was punched out of its head, which reads as zeros. Text has none, so a
 * search by halves over whole blocks finds it.
 */
export async function startOfText(file: FileHandle): Promise<number> {
  const { size, blksize } = await file.stat()
  const isHole = async (block: number) => {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, block * blksize)
    return bytesRead === 1 && buffer[0] === 0
  }
  if (!(await isHole(0))) return 0
  let [hole, text] = [0, Math.ceil(size / blksize)]
  while (text - hole > 1) {
    const middle = Math.floor((hole + text) / 2)
    if (await isHole(middle)) hole = middle
    else text = middle
  }
  return Math.min(size, text * blksize)
}
