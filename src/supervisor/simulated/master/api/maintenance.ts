import { z } from 'zod'
import { empty, json, plain } from '../../http.ts'
import type { Master } from '../master.ts'
import { setSchedule } from '../registry.ts'
import { badSchedule } from '../schedule.ts'

const timeSchema = z.object({ nanoseconds: z.number() })
const scheduleSchema = z.object({
  windows: z
    .array(
      z.object({
        machine_ids: z
          .array(z.object({ hostname: z.string().optional(), ip: z.string().optional() }))
          .default([]),
        unavailability: z.object({ start: timeSchema, duration: timeSchema.optional() }),
      }),
    )
    .default([]),
})

const windowsOf = ({ registrar }: Master) => registrar.registry()?.maintenance ?? []

/** What is planned; nothing shows as an empty object. */
export function scheduleOf(master: Master) {
  const windows = windowsOf(master)
  return windows.length > 0 ? { windows } : {}
}

/**
 * `GET /maintenance/status`. Machines that are in the schedule are draining, and never down: the calls for that are unknown
 * here. No framework answers, for none is asked by an inverse offer to leave; Marathon's stand-in goes on there.
 */
export function maintenanceStatusOf(master: Master) {
  const machines = windowsOf(master).flatMap(({ machine_ids }) => machine_ids)
  return machines.length > 0 ? { draining_machines: machines.map((id) => ({ id })) } : {}
}

/** `/maintenance/schedule`. */
export async function maintenanceSchedule(master: Master, request: Request): Promise<Response> {
  if (request.method === 'GET') return json(scheduleOf(master))
  if (!master.recovered) return plain('Master has not finished recovery', 503)
  const body: unknown = await request.json().catch(() => undefined)
  return updateSchedule(master, body)
}

export async function updateSchedule(master: Master, value: unknown): Promise<Response> {
  const read = scheduleSchema.safeParse(value)
  if (!read.success) return plain(z.prettifyError(read.error), 400)
  const bad = badSchedule(read.data.windows)
  if (bad !== undefined) return plain(bad, 400)
  await master.registrar.apply((registry) => setSchedule(registry, read.data.windows))
  return empty()
}
