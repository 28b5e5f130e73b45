import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeFileAtomic } from '../../store.ts'
import { findServerList, firstServerList, forgetRestored } from './server-list.ts'
import type { ServiceFile } from './spec.ts'

/** Writes what a program needs before it starts; a file that is right already is not touched. */
export function writeFiles(files: ServiceFile[]): void {
  for (const file of files) {
    const content = contentFor(file)
    if (content !== undefined && !isAsWanted(file, content)) writeFileAtomic(file.path, content, file.mode)
    if (file.write === 'birth') writeFileAtomic(bornMarker(file.path), '', 0o644)
    if (file.write === 'server-list') forgetRestored(dirname(file.path))
  }
}

/** One that more may read than should is written again. */
function isAsWanted({ path, mode }: ServiceFile, content: string): boolean {
  return readIfThere(path) === content && (statSync(path).mode & 0o777 & ~mode) === 0
}

function contentFor(file: ServiceFile): string | undefined {
  if (file.write === 'once') return existsSync(file.path) ? undefined : file.content
  if (file.write === 'birth') return mayBeBorn(file.path) ? file.content : undefined
  if (file.write === 'server-list') return firstServerList(file.path, file.content)
  if (file.write === 'zoo.cfg') {
    const list = findServerList(dirname(file.path))
    return keepPlaces(file.content, readIfThere(file.path), list)
  }
  return file.content
}

/** Beside the data and not in it: a disk that was lost later must not be taken for one that never held anything. */
function bornMarker(path: string): string {
  return join(dirname(dirname(path)), 'born')
}

function mayBeBorn(path: string): boolean {
  return !existsSync(bornMarker(path)) && !existsSync(join(dirname(path), 'version-2'))
}

/**
 * ZooKeeper points `dynamicConfigFile` to each new version of its server list, which is its own and not ours; and its
 * data is where it was when it began, whatever somebody writes later.
 * @param list where that list is, if not where the present text says
 */
export function keepPlaces(planned: string, present: string | undefined, list?: string): string {
  const lineOf = (key: string) => present?.split('\n').find((line) => line.startsWith(`${key}=`))
  const server = list === undefined ? lineOf('dynamicConfigFile') : `dynamicConfigFile=${list}`
  const log = lineOf('dataLogDir')
  const kept = planned.split('\n').flatMap((line) => {
    if (line.startsWith('dataLogDir=') && present !== undefined) return log ?? []
    return line.startsWith('dynamicConfigFile=') ? (server ?? line) : line
  })
  return (log === undefined || kept.includes(log) ? kept : [log, ...kept]).join('\n')
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
