import type { Rule } from './rule.ts'

/** Who takes the zone from a primary polls nobody. */
export const polledTtl: Rule = ({ dns: { ttl, refreshSeconds, transferFrom } }) =>
  ttl >= refreshSeconds || transferFrom.length > 0
    ? []
    : [
        {
          path: ['dns', 'ttl'],
          message: `${ttl} is below dns.refreshSeconds: where the master tells no changes, records are looked at anew only every ${refreshSeconds} seconds, and a shorter ttl brings nothing but queries; write ${refreshSeconds}, or set dns.refreshSeconds to ${Math.max(1, ttl)}`,
          warning: true,
        },
      ]
