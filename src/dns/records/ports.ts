/** As many numbers as there are ports, and one: more in one task is a mistake, not a resource. */
const most = 65_537

/**
 * The numbers of a port resource such as `[31000-31002, 31010-31010]`: what stands between the first `[` and the next
 * `]`. A part that is no range is left out; so are ranges that run downwards. `odd` tells whether something was.
 */
export function portNumbers(text: string): { numbers: number[]; odd: boolean } {
  const start = text.indexOf('[')
  const end = text.indexOf(']', start)
  const inside = start < 0 || end < 0 ? '' : text.slice(start + 1, end)
  let odd = text !== '' && (start < 0 || end < 0)
  const numbers: number[] = []
  for (const part of inside.split(',')) {
    if (part.trim() === '') continue
    const match = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(part)
    const low = Number(match?.[1])
    const high = Number(match?.[2])
    if (!match || high - low + numbers.length >= most) odd = true
    else for (let number = low; number <= high; number++) numbers.push(number)
  }
  return { numbers, odd }
}
