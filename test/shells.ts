import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { systemClock, until } from '../src/clock.ts'

export const shellNames = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof shellNames)[number]

/** What a shell makes of a line that somebody begins and lets it complete. */
export type Completed = (shell: Shell, begun: string) => Promise<string>

/** Shells that have meshbox on their PATH, and its completions, both in this folder. */
export function openShells(dir: string, binary: string): Completed {
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  symlinkSync(binary, join(bin, 'meshbox'))
  for (const shell of shellNames) {
    const { stdout } = Bun.spawnSync([binary, 'completion', shell])
    writeFileSync(join(dir, shell), stdout)
  }
  const shells: Record<Shell, { argv: string[]; setUp: string }> = {
    bash: { argv: ['bash', '--norc', '--noprofile', '-i'], setUp: `source ${join(dir, 'bash')}` },
    zsh: {
      argv: ['zsh', '-f', '-i'],
      setUp: `autoload -U compinit; compinit -u -D; source ${join(dir, 'zsh')}`,
    },
    fish: { argv: ['fish', '--no-config', '-i'], setUp: `source ${join(dir, 'fish')}` },
  }

  return async (shell, begun) => {
    const { argv, setUp } = shells[shell]
    let seen = ''
    const child = Bun.spawn(argv, {
      cwd: dir,
      env: { PATH: `${bin}:${process.env.PATH}`, TERM: 'xterm', HOME: dir, PS1: '> ' },
      terminal: { cols: 200, rows: 50, data: (_, data) => (seen += data.toString()) },
    })
    child.terminal?.write(`${setUp}\n`)
    // Home, and the line becomes the argument of an echo.
    child.terminal?.write(`${begun}\t\u0001echo "@\u0005@"\n`)
    const line = await until(
      systemClock,
      { everyMs: 50, timeoutMs: 20_000 },
      () => /^\r*@([^@]*)@\r*$/m.exec(stripVTControlCharacters(seen))?.[1],
    )
    child.kill('SIGKILL')
    await child.exited
    child.terminal?.close()
    if (line === undefined) throw new Error(`${shell} shows nothing: ${JSON.stringify(seen)}`)
    return line.trimEnd()
  }
}
