import { z } from 'zod'
import { kind } from './kind.ts'

/** Milliseconds of each of Mesos's units (stout/duration.hpp). */
const units: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  secs: 1000,
  mins: 60_000,
  hrs: 3_600_000,
  days: 86_400_000,
  weeks: 604_800_000,
}
const pattern = /^(\d+(?:\.\d+)?)(ns|us|ms|secs|mins|hrs|days|weeks)$/

/** A duration as Mesos writes it. */
export const duration = kind(
  z.string({ error: 'must be a duration, such as 500ms, 5mins or 1hrs' }).regex(pattern, {
    error: 'must be a number and one of ns, us, ms, secs, mins, hrs, days, weeks, such as 5mins',
  }),
  {
    name: 'duration',
    text: 'a number and ns, us, ms, secs, mins, hrs, days or weeks: 5mins',
    good: ['5mins', '500ms', '1hrs', '1.5days', '2weeks', '10secs', '100us', '7ns'],
    bad: ['5 mins', '5min', '5m', '1h', 'soon', '-5secs', 5, ''],
  },
)

/** A duration of so much at least, and of so much at most. @example durationFrom('10mins') */
export function durationFrom(least: string, most?: string) {
  const words = most === undefined ? `${least} or more` : `from ${least} to ${most}`
  const error = most === undefined ? `must be at least ${least}` : `must be ${words}`
  const between = (text: string) =>
    milliseconds(text) >= milliseconds(least) &&
    (most === undefined || milliseconds(text) <= milliseconds(most))
  return kind(duration.refine(between, error), {
    name: 'duration',
    text: `a duration: ${words}`,
    good: [least, ...(most === undefined ? ['52weeks'] : [most])],
    bad: [
      '5 mins',
      5,
      '',
      ...(milliseconds(least) > 0 ? ['0ns'] : []),
      ...(most === undefined ? [] : ['52weeks']),
    ],
  })
}

/** Milliseconds of a duration that is known to be one; NaN for anything else. */
export function milliseconds(text: string): number {
  const [, digits, unit = ''] = pattern.exec(text) ?? []
  return Number(digits) * (units[unit] ?? Number.NaN)
}
