/** What stands for a text in a member's tags: the first bytes of its hash, as hex. */
export function digestOf(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, 8)
}
