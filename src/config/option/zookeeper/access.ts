import { list } from '../kind/list.ts'
import { text, yes } from '../kind/text.ts'
import { cfg, javaClass, jvm, yesNo } from './row.ts'

/** Who may do what. */
export const accessOptions = {
  authProvider: jvm('zookeeper.authProvider', javaClass, {
    text: 'A class that knows a further way to authenticate clients, such as the one of SASL.',
  }),
  'DigestAuthenticationProvider.enabled': jvm('zookeeper.DigestAuthenticationProvider.enabled', yes, {
    text: 'Clients may authenticate themselves with a name and a password. meshbox does.',
    since: '3.7.0',
    programDefault: true,
  }),
  'DigestAuthenticationProvider.superDigest': cfg(text, {
    text: 'Whoever has the password of this digest may do everything: "super:" and the digest.',
    since: '3.2.0',
    secret: true,
  }),
  'DigestAuthenticationProvider.digestAlg': jvm('zookeeper.DigestAuthenticationProvider.digestAlg', text, {
    text: 'The hash of passwords in access lists. Lists that are there already hold for the old one.',
    since: '3.7.0',
    programDefault: 'SHA1',
  }),
  'X509AuthenticationProvider.superUser': jvm('zookeeper.X509AuthenticationProvider.superUser', text, {
    text: 'Whoever has a certificate of this X.500 name may do everything.',
  }),
  superUser: jvm('zookeeper.superUser', text, {
    text: 'The SASL user that may do everything.',
  }),
  skipACL: jvm('zookeeper.skipACL', yesNo, {
    text: 'Access lists do not count: everybody may do everything.',
    programDefault: false,
  }),
  enableEagerACLCheck: jvm('zookeeper.enableEagerACLCheck', yes, {
    text: 'Each server looks at the access list before it passes a write on.',
    since: '3.8.0',
    programDefault: false,
  }),
  ensembleAuthName: jvm('zookeeper.ensembleAuthName', list(text), {
    text: 'Names of this ensemble. A client that means another one is refused.',
    since: '3.6.0',
  }),
  sessionRequireClientSASLAuth: jvm('zookeeper.sessionRequireClientSASLAuth', yes, {
    text: 'Only clients that SASL knows are served. meshbox itself does not speak SASL.',
    since: '3.6.0',
    programDefault: false,
  }),
  'enforce.auth.enabled': jvm('zookeeper.enforce.auth.enabled', yes, {
    text: 'Only clients are served that have authenticated themselves in one of the ways of enforce.auth.schemes.',
    since: '3.7.0',
    programDefault: false,
  }),
  'enforce.auth.schemes': jvm('zookeeper.enforce.auth.schemes', list(text), {
    text: 'These ways, such as digest or sasl.',
    since: '3.7.0',
  }),
  'kerberos.removeHostFromPrincipal': jvm('zookeeper.kerberos.removeHostFromPrincipal', yes, {
    text: 'The host is cut from the Kerberos name of clients.',
    programDefault: false,
  }),
  'kerberos.removeRealmFromPrincipal': jvm('zookeeper.kerberos.removeRealmFromPrincipal', yes, {
    text: 'The realm is cut from the Kerberos name of clients.',
    programDefault: false,
  }),
  'kerberos.canonicalizeHostNames': jvm('zookeeper.kerberos.canonicalizeHostNames', yes, {
    text: 'Names in the server list are made canonical before Kerberos sees them.',
    since: '3.7.0',
    programDefault: false,
  }),
}
