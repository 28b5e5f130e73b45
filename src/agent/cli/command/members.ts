import { joinHostPort } from '../../../config/address.ts'
import { exitCode } from '../../../error.ts'
import { agentClient } from '../../api/client.ts'
import { table } from '../../display/table.ts'
import type { GossipEvent, Member } from '../../gossip/gossip.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Run } from '../command.ts'
import type { Style } from '../screen.ts'
import { endSignal } from '../signals.ts'

const colours: Record<Member['status'], Style> = {
  alive: 'green',
  suspect: 'yellow',
  failed: 'red',
  left: 'dim',
}

export const members: Run = async (input, screen) => {
  const all = await agentClient(foldersAt(input.text('data-dir'))).get<Member[]>('/v1/members')
  if (input.given('json')) screen.json(all)
  else {
    const rows = all.map(({ name, address, port, status, tags }) => [
      name,
      { text: status, style: colours[status] },
      joinHostPort(address, port),
      tags.role ?? '',
      tags.doc ?? '',
      tags.v ?? '',
    ])
    screen.print(table(screen, ['NAME', 'STATUS', 'ADDRESS', 'ROLE', 'DOCUMENT', 'VERSION'], rows))
  }
  return exitCode.ok
}

export const monitor: Run = async (input, screen) => {
  const ending = new AbortController()
  void endSignal().then(() => ending.abort())
  const agent = agentClient(foldersAt(input.text('data-dir')))
  try {
    for await (const event of agent.follow<GossipEvent>('/v1/members/events', ending.signal)) {
      if (input.given('json')) screen.data(JSON.stringify(event))
      else screen.print(told(event))
    }
  } catch (error) {
    if (!ending.signal.aborted) throw error
  }
  return exitCode.ok
}

function told(event: GossipEvent): string {
  if (event.kind === 'conflict')
    return `conflict  ${event.name}: ${event.known} and ${event.other} use one name`
  const { name, address, port, tags } = event.member
  return `${event.kind.padEnd(8)}  ${name} (${joinHostPort(address, port)})${tags.doc ? ` document ${tags.doc}` : ''}`
}
