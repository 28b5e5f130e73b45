import { list } from '../kind/list.ts'
import { integer } from '../kind/number.ts'
import { choice, path, text, yes } from '../kind/text.ts'
import { cfg, javaClass } from './row.ts'

const keyFormat = choice('JKS', 'PEM', 'PKCS12', 'BCFKS')

/** TLS with clients, or between the servers; the same for both. */
function tls(peers: string) {
  return {
    'keyStore.location': cfg(path, {
      text: `The file of this server's own certificate and key, shown to ${peers}.`,
      since: '3.5.5',
      local: true,
    }),
    'keyStore.password': cfg(text, {
      text: 'The password of that file; better in a file of its own, keyStore.passwordPath.',
      since: '3.5.5',
      secret: true,
      local: true,
    }),
    'keyStore.passwordPath': cfg(path, {
      text: 'The file of that password.',
      since: '3.8.0',
      local: true,
    }),
    'keyStore.type': cfg(keyFormat, {
      text: 'The format of that file; told from its name when left out.',
      since: '3.5.5',
    }),
    'trustStore.location': cfg(path, {
      text: `The file of the certificates that ${peers} are believed by.`,
      since: '3.5.5',
      local: true,
    }),
    'trustStore.password': cfg(text, {
      text: 'The password of that file; better in a file of its own, trustStore.passwordPath.',
      since: '3.5.5',
      secret: true,
      local: true,
    }),
    'trustStore.passwordPath': cfg(path, {
      text: 'The file of that password.',
      since: '3.8.0',
      local: true,
    }),
    'trustStore.type': cfg(keyFormat, {
      text: 'The format of that file; told from its name when left out.',
      since: '3.5.5',
    }),
    protocol: cfg(text, {
      text: `The version of TLS with ${peers}.`,
      since: '3.5.5',
      programDefault: 'TLSv1.2',
    }),
    enabledProtocols: cfg(list(text), {
      text: `The versions of TLS that ${peers} may choose from; protocol alone when left out.`,
      since: '3.5.5',
    }),
    ciphersuites: cfg(list(text), {
      text: `The cipher suites that ${peers} may choose from; those of Java when left out.`,
      since: '3.5.5',
    }),
    'context.supplier.class': cfg(javaClass, {
      text: 'A class that makes the TLS context, for keys in hardware say.',
      since: '3.5.5',
    }),
    hostnameVerification: cfg(yes, {
      text: `Certificates of ${peers} must have their names.`,
      since: '3.5.5',
      programDefault: true,
    }),
    crl: cfg(yes, {
      text: `Certificates of ${peers} are looked up in revocation lists.`,
      since: '3.5.5',
      programDefault: false,
    }),
    ocsp: cfg(yes, {
      text: `Certificates of ${peers} are looked up with OCSP.`,
      since: '3.5.5',
      programDefault: false,
    }),
    clientAuth: cfg(choice('none', 'want', 'need'), {
      text: `Whether a certificate is asked of ${peers} that connect, and whether they must have one.`,
      since: '3.5.5',
      programDefault: 'need',
    }),
    handshakeDetectionTimeoutMillis: cfg(integer(1, 2_147_483_647), {
      text: 'How long it may take to see whether a connection speaks TLS.',
      unit: 'milliseconds',
      since: '3.5.5',
      programDefault: 5000,
    }),
  }
}

type Below<P extends string, T> = { [K in keyof T & string as `${P}.${K}`]: T[K] }

function below<P extends string, T extends object>(prefix: P, rows: T): Below<P, T> {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [`${prefix}.${name}`, row])) as Below<
    P,
    T
  >
}

/** TLS. With clients it needs serverCnxnFactory to be the one of Netty. */
export const tlsOptions = {
  'ssl.authProvider': cfg(text, {
    text: 'Which authProvider looks at the certificates of clients.',
    programDefault: 'x509',
  }),
  sslQuorum: cfg(yes, {
    text: 'The servers speak TLS with each other.',
    since: '3.5.5',
    programDefault: false,
  }),
  sslQuorumReloadCertFiles: cfg(yes, {
    text: 'Changed files of keys and certificates are read without a restart.',
    since: '3.5.5',
    programDefault: false,
  }),
  portUnification: cfg(yes, {
    text: 'The servers take connections of each other with TLS and without, while it is introduced.',
    since: '3.5.5',
    programDefault: false,
  }),
  ...below('ssl', tls('clients')),
  ...below('ssl.quorum', tls('the other servers')),
}
