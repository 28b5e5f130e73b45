import { existsSync } from 'node:fs'
import { z } from 'zod'
import { clusterSchema } from '../../config/document/cluster.ts'
import { MeshboxError } from '../../error.ts'
import type { Store } from '../../store.ts'
import { acceptorSchema } from '../birth/acceptor.ts'
import { birthSchema } from '../birth/record.ts'
import { recordSchema } from '../token/token.ts'
import { copyBeside, type MemoryCopy, writeCopy } from './memory-copy.ts'

/** What `join` was told; the agent of each later start lives by it. */
const joinedSchema = z.object({
  zkUrl: z.string(),
  name: z.string(),
  simulated: z.boolean(),
  mode: z.enum(['dev', 'joined']),
  /** So many machines of the URL are enough for a birth, by the operator's word; all of them when left out. */
  expect: z.int().optional(),
  /** `controller`: while it is one it runs no mesos-agent. `worker`: the URL must not name it. */
  role: z.enum(['controller', 'worker']).optional(),
  /** Where the others reach this machine, when that is none of its own addresses: behind NAT. */
  advertise: z.string().optional(),
  /** The document to write if there is none. */
  seed: z.string(),
  /** It was told to be born with the data of a backup: its SHA-256, whose it was, and the highest id of a server then. */
  restores: z.object({ backup: z.string(), cluster: z.uuid(), highestServerId: z.int() }).optional(),
})

const managedSchema = z.object({
  kind: z.literal('managed'),
  cluster: birthSchema,
  /** Which of the servers this machine is. */
  address: z.string(),
  /** Its empty disk may vote: true from the agreement until its ZooKeeper has been ready once. */
  founder: z.boolean(),
  /** Its replica of the masters' log may vote empty, and has still to be told so: once, before mesos-master first runs. */
  firstLog: z.boolean().default(false),
})

const ensembleSchema = z.discriminatedUnion('kind', [
  managedSchema,
  /** Whether the URL names this machine: then it runs mesos-master and Marathon all the same. */
  z.object({ kind: z.literal('external'), controller: z.boolean() }),
])

/** A recovery of the controllers from one disk, and this machine's part in it. */
export const recoverySchema = z.object({
  id: z.string(),
  /** The controller whose disk was chosen. */
  from: z.object({ name: z.string(), address: z.string() }),
  /**
   * `promised`: it is another one's, and this machine runs no ZooKeeper and no master until it is over. `asks`: this one's, and
   * the others are asked for that promise. `alone`: they have given it, and this disk becomes the ensemble. `done`: it is.
   * `withdrawn`: it will not become it.
   */
  state: z.enum(['promised', 'asks', 'alone', 'done', 'withdrawn']),
  /** The bound of the last recovery that has left this machine out: one from its disk comes after that. */
  below: z.int().optional(),
})

export type RecoveryMark = z.output<typeof recoverySchema>

/** What this machine's programs do as controllers; it changes when its turn comes. */
const placeSchema = z.object({
  /** `none`: not yet. `stopped`: for as long as a change of controllers takes. */
  master: z.enum(['none', 'stopped', 'runs']),
  /** The change by which it becomes a controller. */
  joining: z.string().optional(),
  /** Where the programs find ZooKeeper; as the cluster has it when left out. */
  servers: clusterSchema.shape.servers,
  recovery: recoverySchema.optional(),
})

const documentSchema = z.object({ text: z.string(), version: z.int() })

const setupSchema = z.object({
  settings: z.record(z.string(), z.unknown()),
  servers: clusterSchema.shape.servers,
})

const schemas = {
  /** This machine's own id, drawn once. */
  node: z.string(),
  /** host:port of every member of the mesh that was seen alive last. */
  members: z.array(z.string()),
  joined: joinedSchema,
  /** What this machine has promised and accepted while a birth is agreed upon. */
  acceptor: acceptorSchema,
  /** Whose ZooKeeper it is; decided once, before it first runs. */
  ensemble: ensembleSchema,
  /** Where the others reach this machine; kept while it has that address, whatever names resolve to at a start. */
  address: z.string(),
  cluster: clusterSchema,
  place: placeSchema,
  /** The password of ZooKeeper's `super`, which the server of this machine alone takes. */
  super: z.string(),
  /** What a machine that has left was in an ensemble. Its data is still there. */
  former: z.object({
    zkUrl: z.string(),
    ensemble: managedSchema.optional(),
    acceptor: acceptorSchema.optional(),
  }),
  /** The last valid document, to start from while ZooKeeper is away. */
  document: documentSchema,
  /** A newer one that came from another member while ZooKeeper was away. */
  heard: documentSchema.extend({ from: z.string() }),
  /** That this machine takes no tasks, or (`on: false`) is about to take some again. */
  maintenance: z.object({ on: z.boolean(), since: z.number(), why: z.string().optional() }),
  /** The tokens for the API that were known last. */
  tokens: z.array(recordSchema),
  /** What was done to take over the programs that ran here, to be undone. */
  takenOver: z.object({
    programs: z.array(z.object({ name: z.string(), pid: z.int(), unit: z.string().optional() })),
    /** systemd's, which are kept from starting. */
    units: z.array(z.string()),
    links: z.array(z.object({ from: z.string(), to: z.string() })),
  }),
  /** Whether an agent runs, in which life of the machine, and when agents before it ended unasked (Unix milliseconds). */
  life: z.object({
    boot: z.string(),
    running: z.boolean(),
    pid: z.int().optional(),
    startTime: z.string().optional(),
    version: z.string().optional(),
    /** The version before, until this one has stayed up. */
    from: z.string().optional(),
    /** `memory`: the kernel killed it for want of that. */
    ends: z.array(z.object({ at: z.number(), words: z.string().optional(), memory: z.boolean().optional() })),
  }),
  /** By what the programs run here: what the document says, less the changes that wait. */
  runs: setupSchema,
  /** What they run by on approval, while this machine has the permit to change. */
  tried: setupSchema.extend({
    step: z.int(),
    excused: z.array(z.string()).optional(),
    /** Why it was taken back, until somebody has read that. */
    failed: z.string().optional(),
  }),
}

export type Joined = z.output<typeof joinedSchema>
export type Ensemble = z.output<typeof ensembleSchema>

export type Topic = keyof typeof schemas
export type Value<T extends Topic> = z.output<(typeof schemas)[T]>

/** The few facts about itself that a machine must not forget. */
export type Memory = {
  recall<T extends Topic>(topic: T): Value<T> | undefined
  remember<T extends Topic>(topic: T, value: Value<T>): void
  forget(topic: Topic): void
  /** Takes over what a copy beside the file holds; what is none of its topics is left out. */
  restore(copy: MemoryCopy): void
}

/** What is right again soon by itself is not worth a copy. */
const fleeting: readonly string[] = ['members', 'heard', 'life'] satisfies Topic[]

/** What is remembered in a file stands in a copy beside it too, from before `remember` returns. */
export function openMemory(store: Store): Memory {
  store.run('CREATE TABLE IF NOT EXISTS memory (topic TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT')
  const copy = store.filename === '' || store.filename === ':memory:' ? undefined : copyBeside(store.filename)

  /** On a full disk there is none: it is made when something is remembered again. */
  let isCopied = copy !== undefined && existsSync(copy)

  function keep(topic: string): void {
    if (copy === undefined || (isCopied && fleeting.includes(topic))) return
    const rows = store.query<{ topic: string; value: string }, []>('SELECT * FROM memory').all()
    const lasting = rows.filter((row) => !fleeting.includes(row.topic))
    isCopied = writeCopy(copy, Object.fromEntries(lasting.map((row) => [row.topic, JSON.parse(row.value)])))
  }

  function put(topic: string, value: unknown): void {
    store
      .query('INSERT INTO memory VALUES (?1, ?2) ON CONFLICT (topic) DO UPDATE SET value = ?2')
      .run(topic, JSON.stringify(value))
    keep(topic)
  }

  return {
    recall(topic) {
      const row = store
        .query<{ value: string }, [string]>('SELECT value FROM memory WHERE topic = ?')
        .get(topic)
      if (!row) return undefined
      const parsed = schemas[topic].safeParse(JSON.parse(row.value))
      if (parsed.success) return parsed.data as Value<typeof topic>
      throw new MeshboxError({
        code: 'memory-unreadable',
        message: `cannot read what this machine remembers as "${topic}": ${parsed.error.issues[0]?.message}`,
        hint: 'it was written by another version of meshbox; run that one',
      })
    },
    remember: put,
    forget(topic) {
      store.query('DELETE FROM memory WHERE topic = ?').run(topic)
      keep(topic)
    },
    restore(found) {
      store.transaction(() => {
        for (const [topic, value] of Object.entries(found)) if (topic in schemas) put(topic, value)
      })()
    },
  }
}
