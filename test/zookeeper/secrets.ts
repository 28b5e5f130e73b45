import { openSecrets, type Secrets } from '../../src/config/secret/secrets.ts'
import { openVault } from '../../src/config/secret/vault.ts'
import type { Session } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'

/** The secrets of a cluster with these keys, at a machine that keeps nothing on its disk; without any, an open one. */
export function secretsAt(session: Session, path: string, keys: Uint8Array[] = []) {
  const listeners = new Set<() => void>()
  const kept = { recall: () => undefined, remember() {} }
  const secrets: Secrets = openSecrets({
    session,
    path,
    vault: openVault(() => keys.length > 0, kept),
    keys: {
      bytes: () => keys,
      onChange(see) {
        listeners.add(see)
        return () => listeners.delete(see)
      },
    },
    log: silentLog,
  })
  return {
    secrets,
    change(...next: Uint8Array[]) {
      keys.splice(0, keys.length, ...next)
      for (const see of [...listeners]) see()
    },
  }
}
