import type { Session } from '../../config/zookeeper/session.ts'
import type { Log } from '../../log.ts'
import { addressInJson, addressInProtobuf } from './master-info.ts'

/** The masters to ask, leader first; the first place is empty while none leads. */
export type Masters = { list(): string[]; stop(): void }

/** Masters that are listed in the configuration. */
export function listedMasters(masters: string[]): Masters {
  return { list: () => masters, stop: () => {} }
}

/** How a candidate's znode is called, and its data read: since Mesos 0.24, and before. */
const forms = [
  { name: /^json\.info_(\d+)$/, addressIn: addressInJson },
  { name: /^info_(\d+)$/, addressIn: addressInProtobuf },
] as const

type Candidate = { name: string; addressIn: (data: Uint8Array) => string | undefined }

/**
 * The candidates among the children of Mesos's znode, in the order of their sequence numbers, those in JSON before all
 * others: the first one leads (SPEC section 3.2).
 */
export function candidates(children: string[]): Candidate[] {
  return forms.flatMap(({ name: form, addressIn }) =>
    children
      .map((name) => ({ name, addressIn, number: BigInt(form.exec(name)?.[1] ?? -1) }))
      .filter(({ number }) => number >= 0n)
      .sort((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : 0)),
  )
}

/** Follows Mesos's election in ZooKeeper; `onChange` is called when the list is another one. */
export function electedMasters(
  { session, path, masters: first = [] }: { session: Session; path: string; masters?: string[] },
  log: Log,
  onChange: () => void,
): Masters {
  let masters = ['', ...first]
  let turn = 0

  async function see(children: string[] | undefined): Promise<void> {
    const mine = ++turn
    const nodes = await Promise.all(
      candidates(children ?? []).map(async ({ name, addressIn }) => {
        const node = await session.read(`${path}/${name}`)
        return node && addressIn(node.data)
      }),
    )
    if (mine !== turn) return
    const found = nodes.filter((address) => address !== undefined)
    // A master in both forms is one master.
    const next =
      found.length > 0
        ? [...new Set([nodes[0] ?? '', ...found])]
        : ['', ...masters.slice(1).filter((address) => address !== masters[0])]
    if (JSON.stringify(next) === JSON.stringify(masters)) return
    masters = next
    log.info({ masters }, 'masters in ZooKeeper')
    onChange()
  }

  const stop = session.followChildren(path, (children) => {
    see(children).catch((error) => log.warn({ error: String(error) }, 'cannot read the masters in ZooKeeper'))
  })
  return { list: () => masters, stop }
}
