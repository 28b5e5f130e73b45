/** What is kept of a record: enough for the type, which Mesos writes first. */
const keptBytes = 256

/** Cuts a RecordIO stream (decimal length, newline, record) and gives the beginning of each record. */
export function openRecords(): (chunk: Uint8Array) => string[] {
  let digits = ''
  let left = 0
  let head: number[] = []
  return (chunk) => {
    const records: string[] = []
    for (let at = 0; at < chunk.length; ) {
      if (left === 0) {
        const byte = chunk[at++] ?? 0
        if (byte !== 10) {
          digits += String.fromCharCode(byte)
          if (digits.length > 20) throw new Error('the event stream is no RecordIO')
          continue
        }
        left = Number(digits)
        if (!/^\d+$/.test(digits)) throw new Error(`the event stream has a record of length "${digits}"`)
        digits = ''
        head = []
        continue
      }
      const end = Math.min(chunk.length, at + left)
      if (head.length < keptBytes)
        head.push(...chunk.subarray(at, Math.min(end, at + keptBytes - head.length)))
      left -= end - at
      at = end
      if (left === 0) records.push(Buffer.from(head).toString())
    }
    return records
  }
}

/** The type of an event of the operator API. */
export function eventType(record: string): string | undefined {
  return /^\{"type":"([A-Z_]+)"/.exec(record)?.[1]
}
