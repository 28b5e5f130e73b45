/** Amounts of resources by their names. */
export type Amounts = Record<string, number>

/** What a role is guaranteed, and beyond what it gets nothing; of a resource without a limit it may have all. */
export type Quota = { guarantees: Amounts; limits: Amounts }
export type QuotaConfig = Quota & { role: string }

/** A guarantee of nothing is none; a limit of nothing is one. */
export function quotaOf(guarantees: Amounts, limits: Amounts): Quota {
  const some = Object.entries(guarantees).filter(([, amount]) => amount !== 0)
  return { guarantees: Object.fromEntries(some), limits }
}

/** That of every role of which nothing was said. */
export const isDefault = ({ guarantees, limits }: Quota): boolean =>
  Object.keys(guarantees).length === 0 && Object.keys(limits).length === 0

/** Why this is no name of a role, in the words of roles.cpp. `*` is one, and may have a quota. */
export function badRole(role: string): string | undefined {
  if (role === '*') return undefined
  if (role.startsWith('/')) return `Role '${role}' cannot start with a slash`
  if (role.endsWith('/')) return `Role '${role}' cannot end with a slash`
  if (role.includes('//')) return `Role '${role}' cannot contain two adjacent slashes`
  if (role === '') return 'Role names cannot be the empty string'
  for (const part of role.split('/')) {
    if (['.', '..', '*'].includes(part)) return `Role '${role}' cannot include '${part}' as a component`
    if (part.startsWith('-')) return `Role component '${part}' is invalid because it starts with a dash`
    if (/[\s\x7f]/.test(part))
      return `Role component '${part}' is invalid because it contains backspace or whitespace`
  }
  return undefined
}

/** In megabytes for memory and disk. */
const exabyte = 2 ** 40
const trillion = 1e12

/** Why a quota cannot be set, in the words of quota.cpp. */
export function badConfig({ role, guarantees, limits }: QuotaConfig): string | undefined {
  const bad = badRole(role)
  if (bad !== undefined) return `Invalid 'QuotaConfig.role': ${bad}`
  for (const [member, amounts] of Object.entries({ guarantees, limits }))
    for (const [name, amount] of Object.entries(amounts)) {
      const [most, words] = ['mem', 'disk'].includes(name) ? [exabyte, '1 exabyte'] : [trillion, '1 trillion']
      const pair = `{'${name}': ${amount}}`
      if (amount > most)
        return `Invalid 'QuotaConfig.${member}': ${pair} is invalid: values greater than ${words} (${most}) are not supported`
      if (amount < 0)
        return `Invalid ${member.slice(0, -1)} configuration ${pair}: Negative values not supported`
    }
  return isWithin(guarantees, limits)
    ? undefined
    : `'QuotaConfig.guarantees' ${amountsText(guarantees)} is not contained within the 'QuotaConfig.limits' ${amountsText(limits)}`
}

export const isWithin = (amounts: Amounts, limits: Amounts): boolean =>
  Object.entries(amounts).every(([name, amount]) => amount <= (limits[name] ?? Infinity))

/** Why the cluster is too small for all that is guaranteed. */
export function overcommitted(quotas: Iterable<Quota>, capacity: Amounts): string | undefined {
  const total: Amounts = {}
  for (const { guarantees } of quotas)
    for (const [name, amount] of Object.entries(guarantees)) total[name] = (total[name] ?? 0) + amount
  if (Object.entries(total).every(([name, amount]) => amount <= (capacity[name] ?? 0))) return undefined
  return `'${amountsText(total)}' exceed cluster capacity '${amountsText(capacity)}'`
}

export function amountsText(amounts: Amounts): string {
  const pairs = Object.entries(amounts).map(([name, amount]) => `${name}:${amount}`)
  return pairs.sort().join('; ') || '{}'
}
