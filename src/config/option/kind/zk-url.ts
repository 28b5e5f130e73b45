import { z } from 'zod'
import { parseZkUrl } from '../../zookeeper/url.ts'
import { kind } from './kind.ts'

const error = 'must be a ZooKeeper URL, such as zk://10.0.0.1:2181,10.0.0.2:2181/mesos'

/** The URL of an ensemble with a path. @example option(zkUrl.optional(), { … }) */
export const zkUrl = kind(
  z.string({ error }).refine(
    (text) => {
      try {
        return parseZkUrl(text).servers.length > 0
      } catch {
        return false
      }
    },
    { error },
  ),
  {
    name: 'ZooKeeper URL',
    text: 'zk://host:port,host:port/path',
    good: ['zk://10.0.0.1:2181/mesos', 'zk://a,b,c/prod/mesos'],
    bad: ['10.0.0.1:2181', 'zk://10.0.0.1:2181', 'http://a/b', 'zk://a:0/x', 5],
  },
)
