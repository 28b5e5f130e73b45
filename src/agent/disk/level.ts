/** `low`: somebody should look. `full`: nothing that meshbox can do without may take any more of it. */
export type Level = 'ok' | 'low' | 'full'

/** Bytes. */
export type Room = { free: number; total: number }

const mib = 1024 * 1024

/** What is left on a disk, judged by bytes on a big one and by its share on a small one. */
export function levelOf({ free, total }: Room): Level {
  if (free < Math.min(512 * mib, total * 0.03)) return 'full'
  return free < Math.min(2048 * mib, total * 0.1) ? 'low' : 'ok'
}

/** Whether it would be better with so many bytes more. */
export function helps(room: Room, bytes: number): boolean {
  return levels.indexOf(levelOf({ ...room, free: room.free + bytes })) > levels.indexOf(levelOf(room))
}

const levels: Level[] = ['full', 'low', 'ok']

/** What is left, for people. */
export function roomText({ free, total }: Room): string {
  return `${Math.floor(free / mib)} MB of ${Math.floor(total / mib)} MB`
}
