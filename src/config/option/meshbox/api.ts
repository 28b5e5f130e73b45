import { z } from 'zod'
import { network } from '../dns/kinds.ts'
import { kind } from '../kind/kind.ts'
import { array } from '../kind/list.ts'
import { port } from '../kind/number.ts'
import { path } from '../kind/text.ts'
import { option } from '../option.ts'
import { ownPort } from './own.ts'

const hostError = 'must be a host name in small letters, without a port'

const hostName = kind(
  z.string({ error: hostError }).regex(/^[a-z0-9_]([a-z0-9_-]{0,62}\.?)*$/, { error: hostError }),
  {
    name: 'host name',
    text: 'a host name in small letters, without a port',
    good: ['mesos', 'web-1.example.org', 'a_b'],
    bad: ['', 'A.example', 'a.example:7947', 'http://a', 5],
  },
)

const live = { change: 'live', local: true } as const

/** The way in over HTTP. */
export const apiOptions = {
  port: ownPort(7947, 'The port of the HTTP API and the page.'),
  readAllow: option(array(network).default([]), {
    ...live,
    text: 'Networks that may read the API and the page without a token. Loopback may always.',
  }),
  hosts: option(array(hostName).default([]), {
    ...live,
    text: "Further host names under which browsers open the page; addresses and the machine's own name always work.",
  }),
  tls: z
    .strictObject({
      certFile: option(path.optional(), {
        ...live,
        text: 'PEM file of the certificate with which the API and the page are served at `api.tls.port`, and what it was signed with. It is read again when it changes.',
      }),
      keyFile: option(path.optional(), {
        ...live,
        text: 'PEM file of the key of certFile.',
      }),
      port: option(port.default(7948), {
        ...live,
        text: 'The port of HTTPS, where there is a certificate. Other machines than those of the cluster are then sent there.',
      }),
    })
    .prefault({}),
}
