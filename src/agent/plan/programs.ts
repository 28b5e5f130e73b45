import { changesBetween } from '../../config/document/changes.ts'
import { isSettings, type Settings, splitLayers } from '../../config/document/layers.ts'
import { withoutEmpty } from '../../config/document/sections.ts'
import { readYaml } from '../../config/document/yaml.ts'
import { digestOf } from '../digest.ts'
import { partOf } from './part.ts'

/** Whether it is a program's option, which may have to start anew by it, and not the resolver's or meshbox's own. */
export function isOfProgram(path: string[]): boolean {
  const part = partOf(path)
  return part !== 'dns' && part !== 'meshbox'
}

/**
 * Stands for what a document says of programs: who changes something else meanwhile, or how it is written, is in nobody's
 * way. A secret counts as it is sealed.
 */
export function programsDigest(text: string): string {
  const value = withoutEmpty(readYaml(text, 'the shared document') ?? {})
  if (!isSettings(value)) return digestOf(text)
  const { top, roles, selectors, nodes } = splitLayers(value)
  const ofLayers = (layers: Partial<Record<string, Settings>>) =>
    Object.entries(layers)
      .map(([name, settings = {}]) => [name, ofPrograms(settings)] as const)
      .filter(([, own]) => own.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
  const said = [
    ofPrograms(top),
    ofLayers(roles),
    selectors
      .map(({ match, settings }) => ({ match, own: ofPrograms(settings) }))
      .filter(({ own }) => own.length > 0),
    ofLayers(nodes),
  ]
  return digestOf(JSON.stringify(said))
}

/** Value by value, whatever order they stand in. */
function ofPrograms(settings: Settings): [path: string, value: unknown][] {
  return changesBetween({}, settings)
    .filter(({ path }) => isOfProgram(path))
    .map(({ path, to }): [string, unknown] => [path.join('.'), to])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
