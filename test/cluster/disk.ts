import { readdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

/** The disk of one machine. A small one is a tmpfs of its own, which can run full without harm to the others. */
export type Disk = {
  /** Whatever was written is gone. */
  lose(): void
  /** No byte more fits on it. Only for a small one. */
  fill(): void
  /** Room again: what filled it is removed. */
  clear(): void
  remove(): void
}

const filler = 'filler'

export function makeDisk(folder: string, smallMb?: number): Disk {
  const small = smallMb !== undefined
  const empty = (name: string) => rmSync(join(folder, name), { recursive: true, force: true })
  if (small) run('mount', '--mkdir', '-t', 'tmpfs', '-o', `size=${smallMb}m`, 'meshbox-test', folder)
  return {
    lose() {
      if (small) readdirSync(folder).forEach(empty)
      else rmSync(folder, { recursive: true, force: true })
    },
    fill() {
      if (!small)
        throw new Error('only a small disk can be filled: the other one holds more than this machine')
      // Others write meanwhile: it is over when nothing fits any more, however much that was.
      const { stderr } = Bun.spawnSync([
        'dd',
        'if=/dev/zero',
        `of=${join(folder, filler)}`,
        `bs=${statfsSync(folder).bsize}`,
      ])
      if (statfsSync(folder).bavail > 0) throw new Error(`cannot fill ${folder}: ${stderr.toString().trim()}`)
    },
    clear: () => empty(filler),
    remove() {
      if (small) run('umount', '--lazy', folder)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function run(...argv: string[]): void {
  const { stderr, exitCode } = Bun.spawnSync(argv)
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr.toString().trim()}`)
}
