import { expect } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { type Example, hasFolder, patternOf, wordsOf } from '../documented.ts'
import type { Machine, TestCluster } from './cluster.ts'

const settings = `${import.meta.dir}/cluster.yaml`

export type Said = { code: number; said: string }

/** A cluster on which the commands of pages and of `--help` are run as they stand there. */
export type Stage = {
  /** The folder in which all commands run. */
  folder: string
  machine(name: string): Machine
  say(on: Machine, command: string): Promise<Said>
  /** Holds what is said against what a page shows. */
  show(on: Machine, example: Example): Promise<void>
  /** One that goes on until somebody ends it, once it has said something. */
  foreground(
    on: Machine,
    command: string,
    untilSaid: RegExp,
    meanwhile?: () => Promise<unknown>,
  ): Promise<void>
}

/** @param names of the machines, in their order; the addresses of the commands, 10.0.0.N, are theirs */
export function makeStage(cluster: TestCluster, names: string[]): Stage {
  const machine = (name: string) => cluster.machines[names.indexOf(name)] as Machine
  const folder = join(cluster.machines[0]?.dataDir ?? '', '..')

  const translated = (text: string) =>
    text
      .replace(
        /\b10\.0\.0\.(\d)\b/g,
        (whole, number) => cluster.machines[Number(number) - 1]?.address ?? whole,
      )
      .replaceAll(/(?<=^|[\s=])\/(?=etc|tmp)/g, `${folder}/`)

  /** What a page need not say, for on real machines it is so: a name for each, and Mesos's own programs. */
  function whole(on: Machine, words: string[]): string[] {
    if (words[0] !== 'join') return words
    const name = names[cluster.machines.indexOf(on)] ?? ''
    const simulated = words.includes('--simulated') ? [] : ['--simulated']
    const seed = name === names.at(-1) ? [] : ['--config', settings]
    return [...words, ...simulated, '--name', name, ...seed]
  }

  function argvOf(on: Machine, words: string[]): string[] {
    const argv = whole(on, words)
    const at =
      argv[0] === 'dev' || argv.includes('--data-dir') || !hasFolder(argv) ? [] : ['--data-dir', on.dataDir]
    return [on.binary, ...argv, ...at]
  }

  async function say(on: Machine, command: string): Promise<Said> {
    const [, line = ''] = /^meshbox (.*)$/.exec(command) ?? []
    if (line === '') {
      const { code, out, err } = await on.run('sh', '-c', translated(command))
      return { code, said: out + err }
    }
    const { words, file } = wordsOf(translated(line))
    const { code, out, err } = await on.run(...argvOf(on, words))
    // On the pages all stands in the usual places.
    if (file === undefined) return { code, said: (err + out).replaceAll(` --data-dir ${on.dataDir}`, '') }
    const path = resolve(folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, out)
    return { code, said: err }
  }

  /** Names and tasks come a moment after what makes them; meshbox itself says at once how it is. */
  async function show(on: Machine, { command, shown = '…' }: Example): Promise<void> {
    const patience = command.startsWith('meshbox ') ? 0 : 60_000
    let last: Said = { code: -1, said: '' }
    const fits = await until(systemClock, { everyMs: 500, timeoutMs: patience }, async () => {
      last = await say(on, command)
      const text = last.said.trimEnd()
      if ((last.code === 0) === shown.includes('error:')) return undefined
      return patternOf(shown).test(text === '' ? '' : `${text}\n`) || undefined
    })
    expect({ command, fits, ...last }).toMatchObject({ fits: true })
  }

  async function foreground(
    on: Machine,
    command: string,
    untilSaid: RegExp,
    meanwhile = async (): Promise<unknown> => undefined,
  ): Promise<void> {
    const { words } = wordsOf(translated(command))
    const argv = ['sh', '-c', 'exec "$@" 2>&1', 'sh', ...argvOf(on, words.slice(1))]
    const child = Bun.spawn(on.inside(argv), {
      cwd: folder,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
      env: { ...process.env, HOME: folder },
    })
    let said = ''
    const cancel = systemClock.after(1000, () => void meanwhile())
    for await (const part of child.stdout) {
      said += Buffer.from(part).toString()
      if (untilSaid.test(said)) child.kill('SIGINT')
    }
    const code = await child.exited
    cancel()
    // 130 is what a shell calls an end by Ctrl-C.
    const right = untilSaid.test(said) && (code === 0 || code === 130)
    expect({ command, said, code, right }).toMatchObject({ right: true })
  }

  return { folder, machine, say, show, foreground }
}
