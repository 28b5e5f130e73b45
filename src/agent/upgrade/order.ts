/** A machine as far as its place in an upgrade counts. */
export type Candidate = { name: string; version: string; controller: boolean; leads: boolean }

/** After the first worker has shown that it works, so many at a time. */
const atOnce = 10

/**
 * In which order machines get a new version: one worker before the others, controllers after the workers and one at a time,
 * the leading ones last.
 */
export function batches(machines: Candidate[], to: string): string[][] {
  const outdated = machines.filter(({ version }) => version !== to)
  const workers = outdated.filter(({ controller }) => !controller).map(({ name }) => name)
  const controllers = outdated
    .filter(({ controller }) => controller)
    .toSorted((a, b) => Number(a.leads) - Number(b.leads))
    .map(({ name }) => name)
  const rest = workers.slice(1)
  return [
    ...(workers.length > 0 ? [workers.slice(0, 1)] : []),
    ...Array.from({ length: Math.ceil(rest.length / atOnce) }, (_, at) =>
      rest.slice(at * atOnce, (at + 1) * atOnce),
    ),
    ...controllers.map((name) => [name]),
  ]
}
