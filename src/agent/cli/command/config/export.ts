import { join } from 'node:path'
import type { Settings } from '../../../../config/document/layers.ts'
import type { Left } from '../../../../config/export/left.ts'
import { exportMesosDns } from '../../../../config/export/mesos-dns.ts'
import { exportMesosphere } from '../../../../config/export/mesosphere.ts'
import { exitCode, MeshboxError, messageOf, misuse } from '../../../../error.ts'
import { writeFileAtomic } from '../../../../store.ts'
import type { Run } from '../../command.ts'
import type { Screen } from '../../screen.ts'
import { clientFor, forNode } from './agent.ts'

/** What is set for a machine, in the format of another tool. */
export const exportFrom: Run = async (input, screen) => {
  const format = input.text('format')
  const output = input.text('output')
  const { settings, zk } = await clientFor(input).get<{ settings: Settings; zk: string }>(
    `/v1/config/settings${forNode(input.text('node'))}`,
  )
  if (format === 'mesos-dns') {
    const { json, left } = exportMesosDns(settings, zk)
    const text = JSON.stringify(json, null, 2)
    if (output !== undefined) write(output, `${text}\n`)
    if (input.given('json')) screen.json({ ...(output === undefined ? { config: json } : {}), left })
    else {
      if (output === undefined) screen.data(text)
      tellLeft(left, screen)
    }
    return exitCode.ok
  }
  if (format === 'mesosphere' && output !== undefined) {
    const { files, left } = exportMesosphere(settings, zk)
    for (const { path, content } of files) write(join(output, path), content)
    if (input.given('json')) screen.json({ files: files.map(({ path }) => path), left })
    else {
      screen.print(`${files.length} files written to ${output}`)
      tellLeft(left, screen)
    }
    return exitCode.ok
  }
  if (format === 'mesosphere')
    throw misuse('export-output', 'cannot export many files to the screen', 'write --output DIR')
  throw misuse(
    'export-format',
    `cannot export as "${format ?? ''}"`,
    'write --format mesosphere or --format mesos-dns',
  )
}

/** Readable by their owner alone: secrets may be among them. */
function write(path: string, content: string): void {
  try {
    writeFileAtomic(path, content, 0o600)
  } catch (cause) {
    throw new MeshboxError({
      code: 'export-write',
      message: `cannot write ${path}: ${messageOf(cause)}`,
      cause,
    })
  }
}

function tellLeft(left: Left[], screen: Screen): void {
  if (left.length === 0) return
  screen.note(screen.paint('yellow', 'the format cannot hold:'))
  for (const { path, why } of left) screen.note(`  ${path}: ${why}`)
}
