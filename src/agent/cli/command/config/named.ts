import { readOption } from '../../../../config/document/option.ts'
import { charmPlace } from '../../../../config/import/charm.ts'
import { documentSchema } from '../../../../config/schema.ts'
import { misuse } from '../../../../error.ts'

/**
 * The path of an option as it is typed. A name without a dot is one of the charm where there is one; `zookeeper` is the
 * section, unless what is set is not one.
 * @param value what is to be set
 * @throws MeshboxError (exit 2) for what is not known, or has no place in the document
 */
export function namedOption(text: string, value = '{}'): string[] {
  const place = charmPlace(text)
  const section = Object.hasOwn(documentSchema.shape, text) && value.trim().startsWith('{')
  if (!place || ('why' in place && section)) return readOption(text)
  if ('path' in place) return place.path
  throw misuse(
    'charm-option',
    `cannot find ${text} of the charm: ${place.why}`,
    `run \`meshbox config explain ${text}\``,
  )
}
