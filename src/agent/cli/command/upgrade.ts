import { exitCode, MeshboxError, misuse } from '../../../error.ts'
import { version } from '../../../version.ts'
import { agentClient } from '../../api/client.ts'
import { ownInstallation, sourceOf } from '../../installation/installation.ts'
import { foldersAt } from '../../local/folders.ts'
import { recallJoined } from '../../local/joined.ts'
import { findRelease, type Listed } from '../../upgrade/release.ts'
import { writeUpgrade } from '../../upgrade/report.ts'
import { stage } from '../../upgrade/stage.ts'
import type { Input, Run } from '../command.ts'
import type { Screen } from '../screen.ts'
import { readSeconds } from '../seconds.ts'
import { askStatus, type HereDeps, upgradeHere } from '../upgrade-here.ts'
import { checkProtocols, upgradeOthers } from '../upgrade-others.ts'

const defaultSeconds = 120

export const upgrade: Run = async (input, screen) => {
  const folders = foldersAt(input.text('data-dir'))
  const deps: HereDeps = {
    installation: ownInstallation('upgrade'),
    folders,
    source: readSource(input),
    timeoutMs: readSeconds(input.text('timeout'), defaultSeconds) * 1000,
    note: screen.note,
  }
  const here = input.given('here') || !recallJoined(folders)
  try {
    const release = await findRelease(deps.source, input.text('version'))
    const others = here ? [] : await upgradeOthers(release, deps, screen)
    const { restarted, before } = await upgradeThis(release, deps, screen)
    if (input.given('json')) screen.json({ from: before, to: release.version, restarted, others })
    else screen.print(summary(before, release.version, others.length))
    return exitCode.ok
  } catch (error) {
    // For whoever asked this machine to, and cannot see what is said here.
    if (here && error instanceof MeshboxError && error.code !== 'upgrade-running') {
      const { code, message: title, hint } = error
      writeUpgrade(folders.state, { state: 'failed', error: { code, title, ...(hint ? { hint } : {}) } })
    }
    throw error
  }
}

async function upgradeThis(release: Listed, deps: HereDeps, screen: Screen) {
  const running = recallJoined(deps.folders) ? await askStatus(deps.folders) : undefined
  const before = running?.machines[0]?.version ?? version
  if (release.version === version) {
    // The binary was put in place, and then whoever did it was interrupted.
    if (before !== version) return { ...(await upgradeHere(version, undefined, deps)), before }
    writeUpgrade(deps.folders.state, { state: 'done', to: version })
    return { restarted: false, before }
  }
  screen.note(`This machine: ${version} → ${release.version}`)
  const staged = await stage(release, deps.source, deps.installation, progressOn(screen))
  try {
    if (recallJoined(deps.folders)) await checkProtocols(staged, agentClient(deps.folders))
    return { ...(await upgradeHere(release.version, staged, deps)), before }
  } finally {
    staged.drop()
  }
}

function summary(before: string, to: string, others: number): string {
  const cluster = others === 0 ? 'this machine' : `all ${others + 1} machines`
  return before === to && others === 0
    ? `meshbox ${to} is there already.`
    : `meshbox ${to} runs on ${cluster}.`
}

/** Each tenth of the way, for a terminal. */
function progressOn(screen: Screen) {
  let shown = -1
  return (done: number, total: number | undefined) => {
    const tenth = total === undefined ? 0 : Math.floor((done / total) * 10)
    if (!screen.live || tenth === shown) return
    shown = tenth
    screen.note(`  fetching      ${tenth * 10} %`)
  }
}

function readSource(input: Input): string {
  const source =
    input.text('from') ?? (process.env.MESHBOX_URL || undefined) ?? sourceOf(ownInstallation('upgrade'))
  if (source !== undefined) return source.replace(/\/$/, '')
  throw misuse(
    'upgrade-source',
    'cannot upgrade: it is not known where the releases are',
    'name their folder: --from https://…, or a path',
  )
}
