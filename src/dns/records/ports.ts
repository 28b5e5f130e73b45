/** As many numbers as there are ports, and one: more in one task is a mistake, not a resource. */
const most = 65_537

/**
 * The numbers of a port resource such as `[31000-31002, 31010-31010]`: what stands between the first `[` and the next
 * `]`. A part that is no range is left out; so are ranges that run downwards. None comes twice. `odd` tells whether something was.
 */
export function portNumbers(text: string): { numbers: number[]; odd: boolean } {
  const start = text.indexOf('[')
  const end = text.indexOf(']', start)
  const inside = start < 0 || end < 0 ? '' : text.slice(start + 1, end)
  let odd = text !== '' && (start < 0 || end < 0)
  const numbers: number[] = []
  for (const part of inside === '' ? [] : inside.split(',')) {
    const range = rangeOf(part)
    if (range === undefined) odd ||= part.trim() !== ''
    else if (range.high - range.low + numbers.length >= most) odd = true
    else for (let number = range.low; number <= range.high; number++) numbers.push(number)
  }
  return { numbers: inside.includes(',') ? [...new Set(numbers)] : numbers, odd }
}

/** `LO-HI`, blanks around both. */
function rangeOf(part: string): { low: number; high: number } | undefined {
  const dash = part.indexOf('-')
  const low = wholeNumber(part.slice(0, dash))
  const high = wholeNumber(part.slice(dash + 1))
  return dash < 0 || low === undefined || high === undefined ? undefined : { low, high }
}

function wholeNumber(text: string): number | undefined {
  const digits = text.trim()
  const number = Number(digits)
  return digits !== '' && Number.isInteger(number) && number >= 0 && !/\D/.test(digits) ? number : undefined
}
