import type { Session } from '../../../config/zookeeper/session.ts'
import type { App } from './app.ts'
import type { Instance } from './instance.ts'

/** What Marathon knows, in ZooKeeper: what has been answered for is there. */
export type MarathonStore = {
  load(): Promise<{ apps: App[]; instances: Instance[]; frameworkId: string | undefined }>
  saveApp(app: App): Promise<void>
  removeApp(id: string): Promise<void>
  saveInstance(instance: Instance): Promise<void>
  removeInstance(id: string): Promise<void>
  saveFrameworkId(id: string): Promise<void>
}

export function openMarathonStore(session: Session, path: string): MarathonStore {
  const dirs = { apps: `${path}/state/apps`, instances: `${path}/state/instances` }
  const frameworkPath = `${path}/state/framework`
  const node = (dir: string, name: string) => `${dir}/${encodeURIComponent(name)}`

  async function all<T>(dir: string): Promise<T[]> {
    await session.ensure(dir)
    const names = (await session.children(dir)) ?? []
    const nodes = await Promise.all(names.map((name) => session.read(`${dir}/${name}`)))
    return nodes.flatMap((each) => {
      try {
        return each ? [JSON.parse(each.data.toString()) as T] : []
      } catch {
        return [] // somebody else's, or half of an older version: the rest still counts
      }
    })
  }

  const turns = new Map<string, Promise<void>>()

  /** What is done to one znode happens in the order in which it was asked for. */
  function inTurn(at: string, act: () => Promise<void>): Promise<void> {
    const turn = (turns.get(at) ?? Promise.resolve()).then(act, act)
    turns.set(at, turn)
    const over = () => {
      if (turns.get(at) === turn) turns.delete(at)
    }
    turn.then(over, over)
    return turn
  }

  const save = (at: string, content: string) =>
    inTurn(at, async () => {
      if (await session.read(at)) await session.write(at, content)
      else await session.create(at, content)
    })
  const remove = (at: string) => inTurn(at, () => session.remove(at))

  return {
    async load() {
      const [apps, instances, id] = await Promise.all([
        all<App>(dirs.apps),
        all<Instance>(dirs.instances),
        session.read(frameworkPath),
      ])
      return { apps, instances, frameworkId: id?.data.toString() || undefined }
    },
    saveApp: (app) => save(node(dirs.apps, app.id), JSON.stringify(app)),
    removeApp: (id) => remove(node(dirs.apps, id)),
    saveInstance: (instance) => save(node(dirs.instances, instance.id), JSON.stringify(instance)),
    removeInstance: (id) => remove(node(dirs.instances, id)),
    saveFrameworkId: (id) => save(frameworkPath, id),
  }
}
