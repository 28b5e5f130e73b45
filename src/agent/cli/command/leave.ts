import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { exitCode, MeshboxError } from '../../../error.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import type { LeaveLine } from '../../api/leave.ts'
import type { LeavePlan, LeaveStep } from '../../leave/leave.ts'
import { type Folders, foldersAt } from '../../local/folders.ts'
import { recallJoined } from '../../local/joined.ts'
import { releaseUnits } from '../../takeover/take.ts'
import { isUnitWanted, removeUnit } from '../../unit/systemd.ts'
import { untilGone } from '../agent-process.ts'
import { startBackground } from '../background.ts'
import type { Input, Run } from '../command.ts'
import { confirm } from '../confirm.ts'
import type { Screen } from '../screen.ts'
import { readSeconds } from '../seconds.ts'
import { typed } from '../typed.ts'

export const leaveSeconds = 300

export const leave: Run = async (input, screen) => {
  const folders = foldersAt(input.text('data-dir'))
  const forgotten = input.text('forget')
  if (forgotten !== undefined) return forget(forgotten, folders, input, screen)
  const timeoutSeconds = readSeconds(input.text('timeout'), leaveSeconds)
  const purge = input.given('purge')
  const plan = recallJoined(folders) ? await planGoodbye(folders, input, screen) : undefined
  const left =
    plan && (await goodbye(plan, folders, { timeoutSeconds, drain: !input.given('no-drain') }, screen))
  if (!left && !(purge && existsSync(folders.state))) throw notJoined()
  if (!left) {
    await confirm(`Everything that meshbox keeps in ${folders.root} is removed. Go on?`, input.given('yes'))
    await untilGone(folders)
  }
  if (purge) removeData(folders)
  if (input.given('json')) screen.json({ left: left !== undefined, ...left, purged: purge })
  else screen.print(farewell(left, purge, folders))
  return exitCode.ok
}

async function forget(name: string, folders: Folders, input: Input, screen: Screen): Promise<0> {
  const done = await agentClient(folders).post('/v1/members/forget', { name })
  if (input.given('json')) screen.json(done)
  else screen.print(`${name} is forgotten: it counts as one that has left.`)
  return exitCode.ok
}

type Left = LeavePlan & { steps: LeaveStep[] }

/** What it means that this machine leaves, and somebody's word that it shall. @throws MeshboxError without it */
export async function planGoodbye(folders: Folders, input: Input, screen: Screen): Promise<LeavePlan> {
  const client = agentClient(folders)
  if (!(await client.get('/v1/status').catch(() => undefined))) {
    screen.note('Starting the agent, for it has goodbyes to say')
    await startBackground(folders)
  }
  const plan = await client.get<LeavePlan>('/v1/leave')
  await confirm(question(plan, input.given('purge'), folders), input.given('yes'))
  return plan
}

/** Has the agent take this machine out of its cluster, and undoes what `join` did to it. @throws MeshboxError */
export async function goodbye(
  plan: LeavePlan,
  folders: Folders,
  how: { timeoutSeconds: number; drain: boolean },
  screen: Screen,
): Promise<Left> {
  const steps = await follow(agentClient(folders), how, screen)
  await untilGone(folders)
  if (!recallJoined(folders)) {
    if (isUnitWanted(folders)) await removeUnit()
    await releaseUnits(folders)
    return { ...plan, steps }
  }
  throw new MeshboxError({
    code: 'leave-failed',
    message: 'cannot leave: the agent ended before it was through',
    hint: `run \`meshbox leave\` again; the reason is in ${folders.logs}/meshbox.log`,
  })
}

/** The agent ends with its last step, and its stream with it: what is on the disk tells how far it came. */
async function follow(client: AgentClient, body: unknown, screen: Screen): Promise<LeaveStep[]> {
  const steps: LeaveStep[] = []
  try {
    for await (const line of client.follow<LeaveLine>('/v1/leave', new AbortController().signal, body)) {
      if ('error' in line) {
        const { code, title, hint } = line.error
        throw new MeshboxError({ code, message: title, hint })
      }
      steps.push(line)
      screen.note(`  ${line.step.padEnd(13)} ${line.text}`)
    }
  } catch (error) {
    if (error instanceof MeshboxError || steps.length === 0) throw error
  }
  return steps
}

function question({ machine, cluster, last }: LeavePlan, purge: boolean, { root }: Folders): string {
  return [
    last
      ? `${machine} is the last machine of the cluster ${cluster}, which ends with it.`
      : `${machine} leaves the cluster ${cluster}; its tasks end here and may start elsewhere.`,
    ...(purge ? [`Everything that meshbox keeps in ${root} is removed.`] : []),
    'Go on?',
  ].join(' ')
}

function farewell(left: Left | undefined, purge: boolean, { root, named }: Folders): string {
  const data = purge
    ? `Nothing of meshbox's is left in ${root}.`
    : typed(`What it kept is still in ${root}; \`meshbox leave --purge\` removes it.`, named)
  return left ? `This machine has left the cluster ${left.cluster}. ${data}` : data
}

/** The programs' data too: this folder is meshbox's alone. */
export function removeData({ root, state, logs, socket }: Folders): void {
  for (const path of [socket, logs, state]) rmSync(path, { recursive: true, force: true })
  if (!existsSync(root) || readdirSync(root).length > 0) return
  try {
    rmdirSync(root)
  } catch (error) {
    // A disk is mounted there: it is empty now, and stays.
    if (!(error instanceof Error && 'code' in error && error.code === 'EBUSY')) throw error
  }
}

function notJoined(): MeshboxError {
  return new MeshboxError({
    code: 'not-joined',
    message: 'cannot leave: this machine has not joined a cluster',
    hint: 'look for another place with --data-dir, or join one: meshbox join <zk-url>',
  })
}
