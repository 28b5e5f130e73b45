type Value = string | number | boolean

/** Mesos's way: `--name=value`, booleans as `--name` and `--no-name`. */
export function mesosFlags(flags: Record<string, Value | undefined>): string[] {
  return spelled(
    flags,
    (name) => `--no-${name}`,
    (name, value) => [`--${name}=${value}`],
  )
}

/** Marathon's way: `--name value`, and `--disable_name` for a switch that is on by default. */
export function marathonFlags(flags: Record<string, Value | undefined>): string[] {
  return spelled(
    flags,
    (name) => `--disable_${name}`,
    (name, value) => [`--${name}`, value],
  )
}

function spelled(
  flags: Record<string, Value | undefined>,
  off: (name: string) => string,
  valued: (name: string, value: string) => string[],
): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (value === true) return [`--${name}`]
    return value === false ? [off(name)] : valued(name, String(value))
  })
}
