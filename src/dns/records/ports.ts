/** As many numbers as there are ports, and one: more in one task is a mistake, not a resource. */
const most = 65_537

export type Ports = { numbers: number[] /** Something could not be read. */; odd: boolean }

const none: Ports = { numbers: [], odd: false }

/**
 * The numbers of a port resource such as `[31000-31002, 31010-31010]`: what stands between the first `[` and the next
 * `]`. A part that is no range is left out; so are ranges that run downwards. None comes twice. `odd` tells whether something was.
 */
export function portNumbers(text: string): Ports {
  if (text === '') return none
  return plainPorts(text) ?? anyPorts(text)
}

const [zero, nine, dash, comma, blank, end] = [48, 57, 45, 44, 32, 93] as const

/** Of ranges as Mesos writes them, which is how nearly all are, read in one go; undefined for any other text. */
function plainPorts(text: string): Ports | undefined {
  if (text[0] !== '[') return undefined
  const numbers: number[] = []
  let low = -1
  let number = -1
  for (let at = 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= zero && code <= nine) number = Math.max(0, number) * 10 + code - zero
    else if (code === dash && low < 0 && number >= 0) {
      low = number
      number = -1
    } else if (code === comma || code === end) {
      if (low < 0 || number < low || number > 65_535 || numbers.length >= most) return undefined
      // Ranges that do not ascend may hold a number twice.
      if (numbers.length > 0 && low <= (numbers.at(-1) ?? 0)) return undefined
      for (let port = low; port <= number; port++) numbers.push(port)
      if (code === end) return at === text.length - 1 ? { numbers, odd: false } : undefined
      low = -1
      number = -1
    } else if (code !== blank || low >= 0 || number >= 0) return undefined
  }
  return undefined
}

function anyPorts(text: string): Ports {
  const start = text.indexOf('[')
  const stop = text.indexOf(']', start)
  const inside = start < 0 || stop < 0 ? '' : text.slice(start + 1, stop)
  let odd = start < 0 || stop < 0
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
