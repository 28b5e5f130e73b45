import { parse } from 'yaml'
import { MeshboxError, misuse } from '../../error.ts'
import { applyEdits, type Edit } from '../document/edit.ts'
import { valueAt } from '../document/layers.ts'
import { type Document, invalid, readDocumentText } from '../document/parse.ts'
import type { Cluster } from '../rule/rule.ts'
import { hasStars, masked, unmasked } from './mask.ts'
import { type Place, replaced, secretPlaces } from './places.ts'
import { isSealed, openValue, sealValue } from './seal.ts'

/** What turns the document in ZooKeeper, whose secrets are sealed, into what it says, and back. */
export type Vault = {
  dataKey(): Uint8Array | undefined
  hold(dataKey: Uint8Array): void
  /** Reads a document whose secrets are sealed. @throws MeshboxError (exit 2) that names every fault with its path */
  read(text: string, source: string, cluster?: Cluster): Document
  /** The text with its secrets in the clear, where they can be opened. */
  open(text: string): string
  /** The text as it may be shown. */
  mask(text: string): string
  /**
   * The text as it is written to ZooKeeper. Stars mean what `before` has there.
   * @throws MeshboxError (exit 2) for a secret in an open cluster, and for one that cannot be sealed
   */
  seal(text: string, before: string): string
  /** Whether `seal` needs a data key for this text. */
  hasSecrets(text: string): boolean
}

/** @param kept where this machine keeps the data key, so that it can start without ZooKeeper */
export function openVault(
  keyed: () => boolean,
  kept: { recall(): Uint8Array | undefined; remember(dataKey: Uint8Array): void },
): Vault {
  let dataKey = kept.recall()

  function opened({ value, option }: Place): unknown {
    return isSealed(value) && dataKey ? openValue(value, dataKey, option) : undefined
  }

  function faultOf(place: Place): string | undefined {
    if (!isSealed(place.value)) return keyed() ? inTheClear : needsKey
    if (opened(place) !== undefined) return undefined
    return keyed()
      ? 'was sealed with a key that this machine has not'
      : 'is sealed, and this machine has no key'
  }

  function sealed(place: Place, before: unknown): unknown {
    if (isSealed(place.value)) return undefined
    if (!keyed()) throw secretInOpen(place)
    if (!dataKey)
      throw new MeshboxError({ code: 'secrets-closed', message: `cannot seal ${nameOf(place)}: ${unknown}` })
    const there = valueAt(before, place.path)
    const old = isSealed(there) ? openValue(there, dataKey, place.option) : there
    const value = unmasked(place.value, old)
    if (hasStars(value))
      throw misuse(
        'document-masked',
        `cannot write ${nameOf(place)}: its value is not known here, and the stars stand for none`,
        'write the secret itself; it is sealed before it is stored',
      )
    return isSealed(there) && Bun.deepEquals(value, old) ? there : sealValue(value, dataKey, place.option)
  }

  return {
    dataKey: () => dataKey,
    hold(next) {
      if (dataKey && Buffer.compare(dataKey, next) === 0) return
      dataKey = next
      kept.remember(next)
    },
    read(text, source, cluster) {
      return readDocumentText(text, source, cluster, (values) => {
        const places = secretPlaces(values)
        const faults = places.flatMap((place) => {
          const message = faultOf(place)
          return message === undefined ? [] : [{ path: place.path, message }]
        })
        if (faults.length > 0) throw invalid(source, faults)
        return places.reduce<unknown>((all, place) => replaced(all, place.path, opened(place)), values)
      })
    },
    open: (text) => rewrite(text, opened),
    mask: (text) => rewrite(text, (place) => masked(opened(place) ?? place.value)),
    seal(text, before) {
      const old = valuesOf(before)
      const result = rewrite(text, (place) => sealed(place, old))
      const open = secretPlaces(valuesOf(result)).find(({ value }) => !isSealed(value))
      if (!open) return result
      throw misuse(
        'document-secret',
        `cannot seal ${nameOf(open)}`,
        'write it as a plain value, without an alias',
      )
    },
    hasSecrets: (text) => secretPlaces(valuesOf(text)).length > 0,
  }
}

const inTheClear = 'stands in the clear; write it with `meshbox config set`, which seals it'
const needsKey = 'is a secret, and this cluster has no key to seal it with'
const unknown = 'the key of the secrets is not known yet'

const nameOf = ({ path }: Place) => path.join('.')

function rewrite(text: string, change: (place: Place) => unknown): string {
  const edits = secretPlaces(valuesOf(text)).flatMap((place): Edit[] => {
    const value = change(place)
    return value === undefined || Bun.deepEquals(value, place.value) ? [] : [{ path: place.path, value }]
  })
  return edits.length === 0 ? text : applyEdits(text, edits)
}

/** A document that is not sealed as it may be shown. */
export const maskText = (text: string): string => rewrite(text, ({ value }) => masked(value))

/** Whether secrets stand in it as stars: who has them alone can tell whether it is valid. */
export const isMasked = (text: string): boolean =>
  secretPlaces(valuesOf(text)).some(({ value }) => hasStars(value))

/** @throws MeshboxError (exit 2) when the text has a secret */
export function refuseSecrets(text: string): void {
  const [place] = secretPlaces(valuesOf(text))
  if (place) throw secretInOpen(place)
}

function secretInOpen(place: Place): MeshboxError {
  return misuse(
    'document-secret-open',
    `cannot write ${nameOf(place)}: it ${needsKey}`,
    'a cluster gets a key at its birth: `meshbox key new --out FILE`, then `meshbox join … --key-file FILE`',
  )
}

/** Nothing for a text that is no YAML: whoever reads it will say so. */
function valuesOf(text: string): unknown {
  try {
    return parse(text) ?? {}
  } catch {
    return {}
  }
}
