import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Ending, exited } from './ending.ts'
import { toStderr } from './glog.ts'
import { openReplica } from './master/log/disk.ts'
import { initialized } from './master/log/replica.ts'

/** mesos-log's stand-in: `initialize` alone. */
export async function runMesosLog([command, ...words]: string[]): Promise<Ending> {
  const path = words.find((word) => word.startsWith('--path='))?.slice('--path='.length)
  if (command !== 'initialize') return refuse(`Cannot find tool '${command ?? ''}'`)
  if (path === undefined) return refuse('Missing required option --path')
  return initialize(path)
}

/** As with the original, the folder around the log has to be there, and only an empty log is initialised. */
function initialize(path: string): Ending {
  if (!existsSync(dirname(path))) return refuse(`IO error: ${join(path, 'LOCK')}: No such file or directory`)
  const disk = openReplica(path)
  if (typeof disk === 'string') return refuse(disk)
  try {
    const next = initialized(disk.replica)
    if (!next) return refuse('The log is not empty')
    disk.save(next)
    return exited(0)
  } finally {
    disk.release()
  }
}

function refuse(why: string): Ending {
  toStderr(`${why}\n`)
  return exited(1)
}
