import { type Change, changesBetween } from '../../config/document/changes.ts'
import type { ChangeClass } from '../../config/option/option.ts'
import { isSecret } from '../../config/option/secret.ts'
import { optionAt } from '../../config/option/walk.ts'
import { type Config, documentSchema } from '../../config/schema.ts'
import { type Plan, planServices } from '../../supervisor/plan.ts'
import { digestOf } from '../../supervisor/process/spawn.ts'
import type { PlanInput } from '../../supervisor/program/input.ts'
import { serviceNames } from '../../supervisor/provider/choose.ts'
import type { ServiceSpec } from '../../supervisor/service/spec.ts'
import { upgradeOrder } from '../../supervisor/upgrade/order.ts'
import { putBack } from './hold.ts'
import { blast, classOf, type Part, partOf, parts } from './part.ts'
import { isOfProgram } from './programs.ts'

/** One thing that has to happen on this machine for it to be as the document says. */
export type Action = {
  part: Part
  /** `refuse`: it cannot be done. `keep`: nothing that runs changes by it. */
  kind: 'start' | 'stop' | 'restart' | 'change' | 'keep' | 'refuse'
  class: ChangeClass
  /** Which options changed. */
  options: { option: string; from?: unknown; to?: unknown }[]
  /** Why, where the options do not tell. */
  why?: string
  /** What people notice. */
  blast: string
  /** It happens when this machine has the permit: such changes go from machine to machine. */
  waits: boolean
}

/** What runs on the machine, and by which configuration. */
export type Now = {
  config: Config
  services: ServiceSpec[]
  /** By another list of controllers than there is now. */
  moved?: boolean
}

/**
 * What it takes to bring a machine from what runs to what is wanted. Pure: the same input gives the same actions.
 * @param free nothing waits for a permit
 */
export function decideActions(wanted: PlanInput, now: Now, free: boolean): Action[] {
  const all = changesBetween(now.config, wanted.config)
  const isRefused = ({ path }: Change) =>
    classOf(path) === 'immutable' && now.services.some(({ name }) => name === partOf(path))
  const refused = all.filter(isRefused)
  const config = putBack(
    wanted.config,
    now.config,
    refused.map(({ path }) => path),
  )
  const planned = planServices({ ...wanted, config })
  return inOrder(all, now.config, wanted.config).flatMap((part) => {
    const ofPart = ({ path }: Change) => partOf(path) === part
    const changes = all.filter((change) => ofPart(change) && !isRefused(change))
    const done =
      part === 'dns' || part === 'meshbox'
        ? ownAction(part, changes)
        : serviceAction(part, { planned, now, changes, free })
    return [...(done ? [done] : []), ...refused.filter(ofPart).map(refusal)]
  })
}

/** Whether any program may have to start anew: by what is the resolver's or meshbox's own, none has to. */
export function concernsPrograms(now: Config, wanted: Config): boolean {
  return changesBetween(now, wanted).some(({ path }) => isOfProgram(path))
}

/** Programs that get another version in the order in which they have to, the rest where they always are. */
function inOrder(changes: Change[], now: Config, wanted: Config): Part[] {
  const names = serviceNames.filter((name) =>
    changes.some(({ path: [section, owner] }) => section === 'packages' && owner === name),
  )
  const upgrades = names.map((name) => ({
    name,
    from: now.packages[name].version,
    to: wanted.packages[name].version,
  }))
  const ordered = upgradeOrder(upgrades).values()
  return parts.map((part) => (names.some((name) => name === part) ? (ordered.next().value ?? part) : part))
}

type Common = Pick<Action, 'part' | 'options' | 'blast' | 'waits'>

function serviceAction(
  part: Part,
  { planned, now, changes, free }: { planned: Plan; now: Now; changes: Change[]; free: boolean },
): Action | undefined {
  const isPart = ({ name }: { name: Part }) => name === part
  const [spec, runs] = [planned.services.find(isPart), now.services.find(isPart)]
  const held = planned.held.find(isPart)
  const common: Common = { part, options: changes.map(told), blast: blast[part], waits: false }
  if (held) return kept(common, held.reason)
  if (!spec && !runs) return kept(common, 'it does not run on this machine')
  if (!runs) return { ...common, kind: 'start', class: 'live', why: 'it does not run here yet' }
  if (!spec) return { ...common, kind: 'stop', class: 'live', why: 'it is not for this machine any more' }
  // Which program a package brings is not known before it is there.
  const fetched = changes.some(({ path }) => path[0] === 'packages')
  if (!fetched && digestOf(spec) === digestOf(runs)) return kept(common)
  const rolls = now.moved || changes.some(({ path }) => classOf(path) === 'rolling')
  const why = fetched
    ? 'once the program that is wanted is here, if it is another one'
    : changes.length === 0
      ? differences(runs, spec)
      : undefined
  return {
    ...common,
    kind: 'restart',
    class: rolls ? 'rolling' : 'restart',
    ...(why ? { why } : {}),
    // What is neither an option's doing nor that of another list, such as a machine's new address, has happened.
    waits: (now.moved || changes.length > 0) && !free,
  }
}

/** What changes nothing that runs is told only where somebody changed an option. */
function kept(common: Common, why?: string): Action | undefined {
  if (common.options.length === 0) return undefined
  return { ...common, kind: 'keep', class: 'live', ...(why ? { why } : {}), blast: blast.meshbox }
}

function ownAction(part: Part, changes: Change[]): Action | undefined {
  if (changes.length === 0) return undefined
  const common: Common = { part, options: changes.map(told), blast: blast[part], waits: false }
  if (changes.every(({ path }) => classOf(path) === 'live'))
    return { ...common, kind: 'change', class: 'live' }
  return {
    ...common,
    kind: 'keep',
    class: 'restart',
    why: 'it counts when the agent of this machine starts again',
  }
}

function refusal(change: Change): Action {
  const why = optionAt(documentSchema, change.path)?.facts.why
  return {
    part: partOf(change.path),
    kind: 'refuse',
    class: 'immutable',
    options: [told(change)],
    ...(why ? { why } : {}),
    blast: blast.meshbox,
    waits: false,
  }
}

function told({ path, from, to }: Change): Action['options'][number] {
  const shown = (value: unknown) => (isSecret(path) ? '***' : value)
  return {
    option: path.join('.'),
    ...(from === undefined ? {} : { from: shown(from) }),
    ...(to === undefined ? {} : { to: shown(to) }),
  }
}

/** What of a command line or a file is new. */
function differences(runs: ServiceSpec, spec: ServiceSpec): string {
  const words = spec.argv.filter((word) => !runs.argv.includes(word))
  const files = spec.files.filter(
    ({ path, content }) => runs.files.find((file) => file.path === path)?.content !== content,
  )
  const news = [...words, ...files.map(({ path }) => path)]
  return news.length === 0 ? 'it is started in another way' : `new: ${news.join(' ')}`
}
