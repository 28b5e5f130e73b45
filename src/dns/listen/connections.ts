/** Open connections in the order of their last use, few enough that nobody can hold them all. */
export type Connections<C> = {
  /** Takes one in; those that have to go instead (the new one, or the one that is idle longest) are returned. */
  add(connection: C, address: string): C[]
  /** It was used: others go first. */
  touch(connection: C): void
  remove(connection: C): void
}

/** @param most connections together @param mostOfOne connections of one address */
export function openConnections<C>(most: number, mostOfOne: number): Connections<C> {
  const addressOf = new Map<C, string>()
  const ofAddress = new Map<string, number>()

  function remove(connection: C): void {
    const address = addressOf.get(connection)
    if (address === undefined) return
    addressOf.delete(connection)
    const left = (ofAddress.get(address) ?? 1) - 1
    if (left === 0) ofAddress.delete(address)
    else ofAddress.set(address, left)
  }

  return {
    add(connection, address) {
      const already = ofAddress.get(address) ?? 0
      if (already >= mostOfOne) return [connection]
      addressOf.set(connection, address)
      ofAddress.set(address, already + 1)
      const [idlest] = addressOf.size > most ? addressOf.keys() : []
      if (idlest === undefined) return []
      remove(idlest)
      return [idlest]
    },
    touch(connection) {
      const address = addressOf.get(connection)
      if (address === undefined) return
      addressOf.delete(connection)
      addressOf.set(connection, address)
    },
    remove,
  }
}
