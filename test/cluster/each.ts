import { afterEach } from 'bun:test'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'

/** `makeCluster` for the tests of one file: what a test makes is gone after it. */
export function clusterForEach(): typeof makeCluster {
  let made: TestCluster | undefined
  afterEach(async () => {
    await made?.remove()
    made = undefined
  })
  return async (...shape) => {
    made = await makeCluster(...shape)
    return made
  }
}

/** The three machines of a new cluster, and its verbs. */
export async function three(newCluster: typeof makeCluster) {
  const cluster = await newCluster(3)
  const [a, b, c] = cluster.machines as [Machine, Machine, Machine]
  return { cluster, a, b, c }
}
