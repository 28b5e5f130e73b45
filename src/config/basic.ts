/**
 * The Authorization header of RFC 7617.
 * @param login user:password; no user has a colon
 * @example basic('me:word') // 'Basic bWU6d29yZA=='
 */
export function basic(login: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  return `Basic ${Buffer.from(login, encoding).toString('base64')}`
}
