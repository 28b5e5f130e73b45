type Value = string | number | boolean

/** Mesos's way: `--name=value`, booleans as `--name` and `--no-name`. */
export function mesosFlags(flags: Record<string, Value | undefined>): string[] {
  return spelled(
    flags,
    (name) => [`--no-${name}`],
    (name, value) => [`--${name}=${value}`],
  )
}

/** Switches of Marathon that can be turned on, and are off when they are left out. */
const onlyOn = new Set(['disable_http', 'leader_proxy_ssl_ignore_hostname'])

/** Marathon's way: `--name value`, and `--disable_name` for a switch that is off. */
export function marathonFlags(flags: Record<string, Value | undefined>): string[] {
  return spelled(
    flags,
    (name) => (onlyOn.has(name) ? [] : [`--disable_${name}`]),
    (name, value) => [`--${name}`, value],
  )
}

function spelled(
  flags: Record<string, Value | undefined>,
  off: (name: string) => string[],
  valued: (name: string, value: string) => string[],
): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (value === true) return [`--${name}`]
    return value === false ? off(name) : valued(name, String(value))
  })
}
