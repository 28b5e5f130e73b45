import { systemClock } from '../../../clock.ts'
import type { ZoneRecord } from '../../../dns/resolver.ts'
import { serveFromMesosDnsConfig } from '../../../dns/serve.ts'
import { exitCode, MeshboxError } from '../../../error.ts'
import { openLog } from '../../../log.ts'
import { agentClient } from '../../api/client.ts'
import { table } from '../../display/table.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Run } from '../command.ts'
import { endSignal } from '../signals.ts'

export const records: Run = async (input, screen) => {
  const all = await agentClient(foldersAt(input.text('data-dir'))).get<ZoneRecord[]>('/v1/dns/records')
  const [name] = input.args
  const wanted = name?.toLowerCase().replace(/\.$/, '')
  const found = all.filter((record) => wanted === undefined || record.name.replace(/\.$/, '') === wanted)
  if (input.given('json')) screen.json(found)
  else if (found.length > 0) {
    screen.print(
      table(
        screen,
        ['NAME', 'TTL', 'TYPE', 'DATA'],
        found.map((record) => [record.name, String(record.ttl), record.type, record.data]),
      ),
    )
  }
  if (found.length > 0) return exitCode.ok
  throw new MeshboxError({
    code: 'dns-no-records',
    message: name
      ? `cannot find ${name}: this machine has no record of that name`
      : 'there are no records yet',
    hint: name ? 'run `meshbox dns records` for all names' : 'run `meshbox status` to see what DNS waits for',
  })
}

export const serve: Run = async (input) => {
  const ended = endSignal()
  const log = openLog(process.stderr.fd)
  const resolver = await serveFromMesosDnsConfig(input.text('config') ?? 'config.json', {
    clock: systemClock,
    log,
  })
  log.info({ port: resolver.port }, 'serving')
  log.info({ signal: await ended }, 'ending')
  await resolver.close()
  return exitCode.ok
}
