import type { Fault } from '../document/check.ts'
import { applyEdits } from '../document/edit.ts'
import { isSettings, valueAt } from '../document/layers.ts'
import { invalid } from '../document/parse.ts'
import { readYaml } from '../document/yaml.ts'
import { nearest } from '../nearest.ts'
import { charmOptions, charmPlace, fromCharm } from './charm.ts'
import { editsOf, type Finding } from './finding.ts'

/**
 * A document whose options stand under `charm:` by the names of the Juju charm, with their own names instead.
 * @returns what became of each; nothing for a document without such a section
 * @throws MeshboxError (exit 2) for what the charm does not have, what the option does not take, and what is set twice
 */
export function translateCharm(text: string, source: string): { text: string; findings: Finding[] } {
  const document = readYaml(text, source)
  if (!isSettings(document) || !isSettings(document.charm)) return { text, findings: [] }
  const { charm } = document
  const findings = fromCharm(charm, { oneMachine: false })
  const faults = findings.flatMap((finding) => faultOf(finding, document))
  if (faults.length > 0) throw invalid(source, faults)
  return { text: applyEdits(text, [{ path: ['charm'] }, ...editsOf(findings)]), findings }
}

function faultOf(finding: Finding, document: unknown): Fault[] {
  const path = ['charm', finding.from]
  const place = charmPlace(finding.from)
  if (!place) {
    const guess = nearest(finding.from, charmOptions)
    return [
      { path, message: `is not known; ${guess ? `did you mean ${guess}?` : 'the charm has no such option'}` },
    ]
  }
  if (finding.kind === 'left' && finding.wrong) return [{ path, message: finding.why }]
  if ('path' in finding && valueAt(document, finding.path) !== undefined)
    return [{ path, message: `is ${finding.path.join('.')}, which stands there too; write one of the two` }]
  return []
}
