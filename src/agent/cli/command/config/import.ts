import { applyEdits } from '../../../../config/document/edit.ts'
import { readDocumentText } from '../../../../config/document/parse.ts'
import type { Written } from '../../../../config/document/shared.ts'
import { editsOf } from '../../../../config/import/finding.ts'
import { maskFinding } from '../../../../config/import/mask.ts'
import { importSettings } from '../../../../config/import/recognise.ts'
import { exitCode, misuse } from '../../../../error.ts'
import { findingsText } from '../../../display/findings.ts'
import type { Run } from '../../command.ts'
import { author, clientFor, present, tellWritten } from './agent.ts'
import { readLayer } from './layer.ts'
import { readSources } from './sources.ts'

/** Takes over the settings of the charm, of Mesosphere's packages, of Mesos-DNS, or of a running master. */
export const importInto: Run = async (input, screen) => {
  const layer = readLayer(input)
  const sources = (await Promise.all(input.args.map(readSources))).flat()
  const { findings: found, unknown } = importSettings(sources, {
    oneMachine: input.text('node') !== undefined,
  })
  const edits = editsOf(found, layer)
  const findings = found.map(maskFinding)
  if (unknown.length > 0 && findings.length === 0)
    throw misuse(
      'import-unknown',
      `cannot import ${unknown.join(', ')}: nothing that meshbox knows has this shape`,
      'known are the charm, the files of Mesosphere, zoo.cfg, config.json of Mesos-DNS, and /flags of Mesos; a document of meshbox is for `meshbox config apply`',
    )
  if (input.given('json')) screen.json({ findings, unknown })
  else screen.note(findingsText(findings, unknown, screen))
  if (input.given('dry-run')) {
    const text = applyEdits('', edits)
    // What is refused of it alone may be well beside what the document has.
    readDocumentText(text, 'what would be imported')
    if (!input.given('json')) screen.data(applyEdits('', editsOf(findings, layer)).trimEnd())
    return exitCode.ok
  }
  if (edits.length === 0) {
    screen.note('nothing to import')
    return exitCode.ok
  }
  const agent = clientFor(input)
  const before = await present(agent)
  const about = author(input, `import ${input.args.join(' ')}`)
  const written = await agent.post<Written>('/v1/config/edits', { edits, author: about })
  if (!input.given('json')) tellWritten(written, before.version, screen)
  return exitCode.ok
}
