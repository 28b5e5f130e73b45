import { addressBytes, canonicalAddress } from '../../config/address.ts'

/** Networks that are remembered; beyond that all begin anew, which at worst lets a second's worth more through. */
const mostNetworks = 20_000

/** Says whether a client may ask one more forwarded query now: `perSecond` for each /24 or /56, saved up for a second. */
export function openRateLimit(perSecond: number, now: () => number): (address: string) => boolean {
  const buckets = new Map<string, { left: number; at: number }>()
  return (address) => {
    if (perSecond === 0) return true
    const network = networkOf(address)
    const time = now()
    const bucket = buckets.get(network) ?? { left: perSecond, at: time }
    const left = Math.min(perSecond, bucket.left + ((time - bucket.at) * perSecond) / 1000)
    if (buckets.size >= mostNetworks) buckets.clear()
    buckets.set(network, { left: left < 1 ? left : left - 1, at: time })
    return left >= 1
  }
}

function networkOf(address: string): string {
  const canonical = canonicalAddress(address.split('%')[0] ?? '')
  if (canonical === undefined) return ''
  const bytes = addressBytes(canonical)
  return bytes.subarray(0, bytes.length === 4 ? 3 : 7).toString('hex')
}
