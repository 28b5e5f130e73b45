import { mesosVersion } from '../build.ts'
import { type MesosProgram, mesosFlags } from './catalogue.ts'

/** `--help`: every flag with its other names and default; what they mean stands in the manual of the real program. */
export function mesosHelp(program: MesosProgram): string {
  const lines = mesosFlags[program].flatMap((flag) => {
    const names = [flag.name, ...(flag.aliases ?? [])]
    const left = names.map((name) => (flag.boolean ? `--[no-]${name}` : `--${name}=VALUE`)).join(', ')
    return [`  ${left}${flag.default === undefined ? '' : `  (default: ${flag.default})`}`]
  })
  return [
    `Usage: ${program} [options]`,
    '',
    `This is meshbox's simulated ${program} (${mesosVersion}): a stand-in for demos and tests, not Apache Mesos.`,
    '',
    ...lines,
    '',
  ].join('\n')
}
