import { constants } from 'node:os'

const words: Record<string, string> = {
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  EEXIST: 'File exists',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
  ENOSPC: 'No space left on device',
}

/** What C programs print for a failed system call. */
export function strerror(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    words[code] ?? (code in constants.errno ? code : error instanceof Error ? error.message : String(error))
  )
}
