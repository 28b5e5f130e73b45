import { formatRanges, merge, type Range } from './resources.ts'

export type Attribute = { name: string; value: number | string | Range[] }

/** Reads `--attributes`: `rack:r7;generation:3;ports_open:[1-1023]`. Gives the pair that is none as a text. */
export function parseAttributes(text: string): Attribute[] | string {
  const attributes: Attribute[] = []
  for (const part of text.split(/[;\n]/).filter((each) => each.trim() !== '')) {
    const colon = part.indexOf(':')
    if (colon < 1) return part
    attributes.push({ name: part.slice(0, colon).trim(), value: parseValue(part.slice(colon + 1).trim()) })
  }
  return attributes
}

function parseValue(text: string): Attribute['value'] {
  if (/^\[\s*\d+\s*-\s*\d+(\s*,\s*\d+\s*-\s*\d+)*\s*\]$/.test(text)) {
    const ranges = text.slice(1, -1).split(',')
    return merge(
      ranges.map((range) => ({ begin: Number.parseInt(range, 10), end: Number(range.split('-')[1]) })),
    )
  }
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

/** The `attributes` member of `/state`. */
export function attributeMembers(attributes: Attribute[]): Record<string, number | string> {
  return Object.fromEntries(
    attributes.map(({ name, value }) => [name, Array.isArray(value) ? formatRanges(value) : value]),
  )
}

/** The form of the v1 API. */
export function fullAttributes(attributes: Attribute[]) {
  return attributes.map(({ name, value }) =>
    typeof value === 'number'
      ? { name, type: 'SCALAR', scalar: { value } }
      : typeof value === 'string'
        ? { name, type: 'TEXT', text: { value } }
        : { name, type: 'RANGES', ranges: { range: value } },
  )
}
