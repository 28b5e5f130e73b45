import { typed } from '../cli/typed.ts'
import { checkAgent } from './check/agent.ts'
import { checkCgroups } from './check/cgroups.ts'
import { checkDisk } from './check/disk.ts'
import { checkLeftovers } from './check/leftovers.ts'
import { checkLimits } from './check/limits.ts'
import { checkMemory } from './check/memory.ts'
import { checkNames } from './check/names.ts'
import { checkOthers } from './check/others.ts'
import { checkWantedPorts } from './check/ports.ts'
import { checkPrograms } from './check/programs.ts'
import { checkVersions } from './check/versions.ts'
import { type Finding, failed } from './finding.ts'
import type { Subject } from './subject.ts'

type Check = { name: string; look: (subject: Subject) => Finding[] | Promise<Finding[]> }

/** All checks, in the order in which they are shown. */
const checks: Check[] = [
  { name: 'agent', look: checkAgent },
  { name: 'programs', look: checkPrograms },
  { name: 'ports', look: checkWantedPorts },
  { name: 'disk', look: checkDisk },
  { name: 'memory', look: checkMemory },
  { name: 'limits', look: checkLimits },
  { name: 'names', look: checkNames },
  { name: 'others', look: checkOthers },
  { name: 'versions', look: checkVersions },
  { name: 'cgroups', look: checkCgroups },
  { name: 'leftovers', look: checkLeftovers },
]

export type Report = ({ check: string } & Finding)[]

/** Runs every check; one that cannot be made counts as failed, and the others are made all the same. */
export async function examine(subject: Subject): Promise<Report> {
  const findings = await Promise.all(
    checks.map(async ({ name, look }) => {
      const found = await Promise.resolve()
        .then(() => look(subject))
        .catch((error) => [
          failed(`cannot look: ${error instanceof Error ? error.message : error}`, 'meshbox doctor'),
        ])
      return found.map(({ hint, ...finding }) => ({
        ...{ check: name, ...finding },
        ...(hint === undefined ? {} : { hint: typed(hint, subject.folders.named) }),
      }))
    }),
  )
  return findings.flat()
}
