import { parse } from 'yaml'
import { secretPlaces } from '../../config/secret/places.ts'
import { isSealed } from '../../config/secret/seal.ts'
import type { Vault } from '../../config/secret/vault.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import type { Keys } from '../key/keyring.ts'
import { textsIn } from './scrub.ts'

/** Every secret that this machine knows: keys, what it is let into ZooKeeper with, and those of all versions of the document. */
export function knownSecrets({
  url,
  keys,
  vault,
  documents,
}: {
  url: ZkUrl
  keys: Pick<Keys, 'ring'>
  vault: Pick<Vault, 'dataKey' | 'open'>
  documents: string[]
}): string[] {
  const dataKey = vault.dataKey()
  return [
    ...keys.ring().keys,
    ...(dataKey ? [Buffer.from(dataKey).toString('base64')] : []),
    ...(url.auth ? [url.auth.password] : []),
    ...documents.flatMap((text) => secretsIn(vault.open(text))),
  ]
}

function secretsIn(text: string): string[] {
  try {
    return secretPlaces(parse(text)).flatMap(({ value }) => (isSealed(value) ? [] : textsIn(value)))
  } catch {
    return [] // no document: nothing of it is shown but by its shape
  }
}
