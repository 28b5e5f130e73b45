import type { Rule } from './rule.ts'

/** A certificate is of no use without its key, and the other way round. */
export const certificate: Rule = ({ api: { tls } }) => {
  if ((tls.certFile === undefined) === (tls.keyFile === undefined)) return []
  const [there, missing] = tls.certFile === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile']
  return [
    {
      path: ['api', 'tls', there],
      message: `needs api.tls.${missing}; write both, or neither`,
    },
  ]
}
