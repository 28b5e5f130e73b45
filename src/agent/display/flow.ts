/** Parts one after the other, on further lines where a terminal would break one of them. */
export function flow(parts: string[], between: string, width: number): string {
  return parts.reduce((text, part) => {
    const line = text.slice(text.lastIndexOf('\n') + 1)
    const fits = line.length + between.length + part.length <= width
    return fits ? `${text}${between}${part}` : `${text}${between.trimEnd()}\n  ${part}`
  })
}
