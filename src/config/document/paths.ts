/** Where a cluster keeps its own znodes, so that two clusters may share a ZooKeeper. */
export type ClusterPaths = {
  root: string
  config: string
  history: string
  rollout: string
  cluster: string
  /** The data key of the document's secrets, wrapped with the cluster's keys. */
  secrets: string
  /** Each machine's ephemeral znode, by its id. */
  nodes: string
  /** Tokens with which machines join, each sealed with the cluster's key. */
  joinTokens: string
  /** The tokens for the API, by their ids. */
  tokens: string
}

/** `/mesos` → `/meshbox/mesos/…`, `/prod/mesos` → `/prod/meshbox/mesos/…`: beside the path of the ZooKeeper URL. */
export function clusterPaths(zkPath: string): ClusterPaths {
  const parts = zkPath.split('/').slice(1)
  const root = `/${[...parts.slice(0, -1), 'meshbox', ...parts.slice(-1)].join('/')}`
  return {
    root,
    config: `${root}/config`,
    history: `${root}/history`,
    rollout: `${root}/rollout`,
    cluster: `${root}/cluster`,
    secrets: `${root}/secrets`,
    nodes: `${root}/nodes`,
    joinTokens: `${root}/join-tokens`,
    tokens: `${root}/tokens`,
  }
}
