import { optionIn, readValue } from '../document/option.ts'
import { type Finding, taken } from './finding.ts'

/** Meshbox's own business, and why. */
const own: [RegExp, string][] = [
  [/^dataDir$/, 'meshbox keeps the data of ZooKeeper in its own folder'],
  [/^(server|group|weight)\.\d+$/, 'the servers are those of the URL that machines join with'],
  [
    /^dynamicConfigFile$|^standaloneEnabled$|^reconfigEnabled$/,
    'meshbox needs it its own way, so that the ensemble can grow',
  ],
  [/^clientPortAddress$/, 'it names one machine'],
]

/** What becomes of the lines of a zoo.cfg. */
export function fromZooCfg(text: string): Finding[] {
  return linesOf(text).map(([key, value]): Finding => {
    const reason = own.find(([pattern]) => pattern.test(key))?.[1]
    if (reason) return { kind: 'left', from: key, why: reason }
    const typed = optionIn(['zookeeper'], key)
    return typed
      ? taken(key, typed, readValue(typed, value))
      : taken(key, ['zookeeper', 'extraParameters', key], value)
  })
}

export function isZooCfg(text: string): boolean {
  return linesOf(text).some(([key]) => key === 'tickTime' || key === 'dataDir' || key === 'clientPort')
}

/** Java's properties, as far as anybody writes them into a zoo.cfg. */
export function linesOf(text: string): [string, string][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#!]/.test(line) && line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()])
}
