import { test } from 'bun:test'

/** A test that only root can run (namespaces, mounts, other users). For others it is counted apart, as skipped. */
export function needsRoot(name: string, run: () => Promise<void> | void): void {
  if (process.getuid?.() === 0) test(name, run)
  else test.skip(`${name} (needs root)`, run)
}
