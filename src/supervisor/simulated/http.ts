/** Answers in the manner of libprocess. */
export const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), { status, headers: { 'Content-Type': 'application/json' } })

export const plain = (text: string, status = 200): Response =>
  new Response(text, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' } })

export const empty = (status = 200): Response => new Response(null, { status })

export const notFound = (): Response => plain('404 Not Found.', 404)

export const methodNotAllowed = (method: string, allowed: string): Response =>
  new Response(`Expecting one of { '${allowed}' }, but received '${method}'.`, {
    status: 405,
    headers: { Allow: allowed, 'Content-Type': 'text/plain; charset=utf-8' },
  })

/** Why `Bun.serve` could not listen, in the words of strerror; rethrows what is no matter of the address. */
export function bindFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') return 'Address already in use'
  if (code === 'EADDRNOTAVAIL') return 'Cannot assign requested address'
  if (code === 'EACCES') return 'Permission denied'
  throw error
}
