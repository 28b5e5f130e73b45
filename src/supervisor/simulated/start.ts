import { mkdirSync } from 'node:fs'
import { mesosBuild, mesosVersion } from './build.ts'
import { exited, StartFailure } from './ending.ts'
import type { MesosProgram } from './flags/catalogue.ts'
import { mesosHelp } from './flags/help.ts'
import { type Flags, loadMesosFlags } from './flags/mesos.ts'
import { type Glog, type Level, openGlog, toStderr } from './glog.ts'
import { strerror } from './strerror.ts'

export type Started = { flags: Flags; glog: Glog; deprecated: string[] }

/** What both Mesos programs do first: flags, `--help`, `--version`, logging. @throws StartFailure */
export function startMesos(
  program: MesosProgram,
  argv: string[],
  env: Record<string, string | undefined>,
  print: (text: string) => void,
): Started {
  const loaded = loadMesosFlags(program, argv, env)
  if (loaded.kind === 'help') print(`${mesosHelp(program)}\n`)
  if (loaded.kind === 'version') print(`mesos ${mesosVersion}\n`)
  if (loaded.kind === 'failed')
    toStderr(`${loaded.message}\n\nSee \`${program} --help\` for a list of supported flags.\n`)
  if (loaded.kind !== 'flags') throw new StartFailure(exited(loaded.kind === 'failed' ? 1 : 0))
  const { flags, deprecated } = loaded
  return { flags, glog: logging(flags), deprecated }
}

const levels: Level[] = ['INFO', 'WARNING', 'ERROR']

function logging(flags: Flags): Glog {
  const refuse = (text: string) => {
    toStderr(`${text}\n`)
    return new StartFailure(exited(1))
  }
  const level = levels.find((each) => each === flags.get('logging_level'))
  if (!level) {
    const known = levels.map((each) => `'${each}'`).join(', ')
    throw refuse(
      `'${flags.get('logging_level')}' is not a valid logging level. Possible values for 'logging_level' flag are: ${known}.`,
    )
  }
  const dir = flags.get('log_dir')
  if (dir !== undefined) {
    try {
      mkdirSync(dir, { recursive: true })
    } catch (error) {
      throw refuse(`Could not initialize logging: Failed to create directory ${dir}: ${strerror(error)}`)
    }
  }
  return openGlog(level)
}

/** The first lines of every start. `lines` are those of the recorded `main.cpp`. */
export function greet(
  glog: Glog,
  program: MesosProgram,
  deprecated: string[],
  lines: [number, number, number],
): void {
  for (const name of deprecated) glog.warning('main.cpp:185', `Loaded deprecated flag '${name}'`)
  glog.warning('simulated', `This is meshbox's simulated ${program}: a stand-in, not Apache Mesos`)
  glog.info(`main.cpp:${lines[0]}`, `Build: ${mesosBuild.build_date} by ${mesosBuild.build_user}`)
  glog.info(`main.cpp:${lines[1]}`, `Version: ${mesosVersion}`)
  glog.info(`main.cpp:${lines[2]}`, `Git SHA: ${mesosBuild.git_sha}`)
}

const stars = '*'.repeat(50)

/** A warning in a box of stars. */
export const boxed = (text: string): string => `\n${stars}\n${text}\n${stars}`
