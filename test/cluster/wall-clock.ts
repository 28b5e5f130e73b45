import { existsSync, readdirSync, writeFileSync } from 'node:fs'

/** The wall clock of one machine. The monotonic one goes on, as it does when somebody sets a real clock. */
export type WallClock = {
  /** For every start of meshbox in the machine. */
  env: Record<string, string>
  /** Away from the real time, in seconds; 0 is back. Seen within a second by what runs. */
  jump(seconds: number): void
}

/**
 * Linux has one wall clock for all (time namespaces are about the other clocks), so a library in front of libc gives
 * the time. Not every program bears it (dig does not): it is for meshbox itself.
 * @param file where the offset stands; it must outlive the machine
 */
export function makeWallClock(file: string): WallClock {
  const library = faketime()
  const jump = (seconds: number) => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  if (!library)
    return {
      env: {},
      jump() {
        throw new Error('there is no libfaketime: install it with `apt install faketime`')
      },
    }
  jump(0)
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    jump,
  }
}

/** Debian keeps it beside no other library, in a folder named by the processor. */
function faketime(): string | undefined {
  return readdirSync('/usr/lib')
    .map((folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`)
    .find((path) => existsSync(path))
}
