import { MeshboxError } from '../../error.ts'

/** A part of the agent that is there once its cluster is born. @throws MeshboxError before */
export function onceBorn<T>(part: () => T | undefined, what: string): () => T {
  return () => {
    const there = part()
    if (there) return there
    throw new MeshboxError({
      code: 'zk-forming',
      message: `cannot ${what}: the cluster is not born yet`,
      hint: 'run `meshbox status` to see who is waited for',
    })
  }
}
