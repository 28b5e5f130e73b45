import { z } from 'zod'
import { kind } from '../kind/kind.ts'
import { integer } from '../kind/number.ts'
import { choice, text, yes } from '../kind/text.ts'
import { dns } from './row.ts'

const credentials = kind(
  z.strictObject(
    { principal: text.default(''), secret: text.default('') },
    { error: 'must be a mapping of principal and secret' },
  ),
  {
    name: 'credentials',
    text: 'a mapping of principal and secret',
    good: [{ principal: 'dns', secret: 'word' }, {}],
    bad: ['dns', { principal: 5 }, { user: 'dns' }, []],
  },
)

/** How the state of the cluster is fetched. */
export const masterOptions = {
  stateTimeoutSeconds: dns(integer(1).default(300), { text: 'How long that may take.', unit: 'seconds' }),
  zkDetectionTimeout: dns(integer(-2147483648, 2147483647).default(30), {
    text: "Accepted for Mesos-DNS's sake: names are served while no leader is known, however long that lasts.",
    unit: 'seconds',
  }),
  mesosHttpsOn: dns(yes.default(false), { text: 'The state is fetched over HTTPS.' }),
  caCertFile: dns(text.default(''), {
    text: "PEM file of the certificates that verify the master; the system's own by default.",
  }),
  certFile: dns(text.default(''), {
    text: 'PEM file of the certificate shown to the master; it needs keyFile.',
  }),
  keyFile: dns(text.default(''), { text: 'PEM file of the key of certFile.' }),
  mesosAuthentication: dns(choice('', 'basic', 'iam').default(''), {
    text: 'How to authenticate to the master: with mesosCredentials, or with iamConfigFile.',
  }),
  mesosCredentials: dns(credentials.prefault({}), {
    text: 'Who to be for the master, with basic authentication.',
    secret: true,
  }),
  iamConfigFile: dns(text.default(''), { text: 'JSON file with uid, private_key and login_endpoint.' }),
}
