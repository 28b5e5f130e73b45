import { address } from '../kind/address.ts'
import { array } from '../kind/list.ts'
import { port } from '../kind/number.ts'
import { choice, yes } from '../kind/text.ts'
import { network, upstreams } from './kinds.ts'
import { dns } from './row.ts'

/** Where the resolver listens, and whom it answers what. */
export const serveOptions = {
  dnsOn: dns(yes.default(true), { text: 'Whether DNS is answered at all.' }),
  listener: dns(address.default('0.0.0.0'), { text: 'The address that DNS is answered on.' }),
  port: dns(port.default(53), { text: 'The port that DNS is answered on.' }),
  httpOn: dns(yes.default(true), { text: 'Whether the HTTP API of Mesos-DNS is served.' }),
  httpListener: dns(address.default('0.0.0.0'), { text: 'The address of the HTTP API.' }),
  httpPort: dns(port.default(8123), { text: 'The port of the HTTP API.' }),
  enumerationOn: dns(yes.default(true), {
    text: 'Serves /v1/enumerate and /v1/axfr, which list every name, over HTTP.',
  }),
  recurseOn: dns(yes.default(true), { text: 'The RA bit in answers for the domain.' }),
  setTruncateBit: dns(yes.default(true), {
    text: 'Answers that do not fit say so with the TC bit; without it they are cut silently.',
  }),
  host: dns(choice('off', 'auto').default('off'), {
    text: "auto: the machine's own look-ups of the domain, and only those, go to meshbox; never in `meshbox dev`.",
  }),
  transferTo: dns(array(network).default([]), {
    text: 'The networks that may take the whole zone (AXFR, IXFR).',
  }),
  notify: dns(upstreams.default([]), { text: 'Secondaries that are told of each change (NOTIFY).' }),
  transferFrom: dns(upstreams.default([]), {
    text: 'Primaries to take the zone from instead of asking a master; the first that answers is used.',
  }),
}
