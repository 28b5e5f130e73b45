import { isIPv4 } from 'node:net'

type MachineId = { hostname?: string | undefined; ip?: string | undefined }
/** In nanoseconds, of which a number of JavaScript keeps the first sixteen digits. */
type Time = { nanoseconds: number }

/** Machines that are to be down at the same time; without a duration for good. */
export type Window = {
  machine_ids: MachineId[]
  unavailability: { start: Time; duration?: Time | undefined }
}

/** Why it is no schedule, in the words of maintenance.cpp. */
export function badSchedule(windows: Window[]): string | undefined {
  const seen = new Set<string>()
  for (const { machine_ids, unavailability } of windows) {
    if (machine_ids.length === 0) return 'List of machines in the maintenance window is empty'
    if ((unavailability.duration?.nanoseconds ?? 0) < 0) return "Unavailability 'duration' is negative"
    for (const { hostname = '', ip = '' } of machine_ids) {
      if (hostname === '' && ip === '') return "Both 'hostname' and 'ip' for a machine are empty"
      if (ip !== '' && !isIPv4(ip)) return `Failed to parse the IP: '${ip}'`
      // Names of hosts are the same in capitals.
      const id = JSON.stringify({ hostname: hostname.toLowerCase(), ip })
      if (seen.has(id)) return `Machine '${id}' appears more than once in the schedule`
      seen.add(id)
    }
  }
  return undefined
}
