/** Longer records than this are not kept whole: the state that a stream begins with may be very large. */
const longestKept = 1024 * 1024
/** Enough for the type of an event, which Mesos writes first. */
const headBytes = 256

export type StreamRecord = {
  head: string
  /** Undefined when it is too long to be kept. */
  whole: string | undefined
}

/** Cuts a RecordIO stream (decimal length, newline, record) into its records. */
export function openRecords(): (chunk: Uint8Array) => StreamRecord[] {
  let digits = ''
  let length = 0
  let left = 0
  let parts: Uint8Array[] = []

  function keep(part: Uint8Array): void {
    const held = length - left
    const room = (length > longestKept ? headBytes : length) - held
    if (room > 0) parts.push(part.slice(0, room))
  }

  return (chunk) => {
    const records: StreamRecord[] = []
    for (let at = 0; at < chunk.length; ) {
      if (left === 0) {
        const byte = chunk[at++] ?? 0
        if (byte !== 10) {
          digits += String.fromCharCode(byte)
          if (digits.length > 20) throw new Error('the event stream is no RecordIO')
          continue
        }
        length = Number(digits)
        if (!/^\d+$/.test(digits)) throw new Error(`the event stream has a record of length "${digits}"`)
        left = length
        digits = ''
        parts = []
        continue
      }
      const end = Math.min(chunk.length, at + left)
      keep(chunk.subarray(at, end))
      left -= end - at
      at = end
      if (left > 0) continue
      const text = Buffer.concat(parts).toString()
      records.push({ head: text.slice(0, headBytes), whole: length > longestKept ? undefined : text })
    }
    return records
  }
}

/** The type of an event of the operator API. */
export function eventType(head: string): string | undefined {
  return /^\{"type":"([A-Z_]+)"/.exec(head)?.[1]
}
