const stars = '***'
/** Shorter ones are words of every log. */
const leastLength = 4

/** What may be a secret by the way it is written, whoever wrote it: passwords in URLs, tokens, and settings of such names. */
const shapes: [RegExp, string][] = [
  [/(:\/\/)[^\s/:@"']+:[^\s/@"']+@/g, `$1${stars}@`],
  [/\bmb[a-z]_[0-9a-f]{6,}_[\w-]{16,}/g, stars],
  [/(\bBearer\s+)[\w.~+/=-]{8,}/gi, `$1${stars}`],
  [/((?:password|passwd|secret|credential|token)s?\\?"?\s*[:=]\s*\\?")[^"\\]+/gi, `$1${stars}`],
  [/((?:password|passwd|secret|credential)s?[:=]\s*)(?!["\s{[])[^\s,;}\]]+/gi, `$1${stars}`],
]

/**
 * A text with stars in the place of secrets: those that this machine knows, whatever they look like, and what looks like
 * one.
 */
export function scrub(text: string, secrets: readonly string[]): string {
  const known = secrets
    .filter((secret) => secret.length >= leastLength)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .toSorted((a, b) => b.length - a.length)
  const clean = known.reduce((now, secret) => now.replaceAll(secret, stars), text)
  return shapes.reduce((now, [shape, instead]) => now.replace(shape, instead), clean)
}

/** Every text in a value, for those that are secret as a whole. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn)
  return []
}
