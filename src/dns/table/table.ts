/**
 * All records of a cluster in a few typed arrays: a million of them take tens of megabytes, nothing in them changes any
 * more, and they go from thread to thread and to disk as they are.
 *
 * A *node* is a name, a *set* the records of one kind that a node owns, a *record* two numbers: for A the address and 0,
 * for AAAA an index into `v6` and 0, for SRV the node of the target and the port.
 */
export type Table = {
  /** Names of all nodes, one after the other: see `names.ts` for their form. */
  names: Uint8Array
  /** Where each node's name begins; one entry more than there are nodes. */
  nameAt: Uint32Array
  flags: Uint8Array
  /** Open addressing over the nodes: node + 1, 0 where free; a power of two long. */
  slots: Uint32Array
  /** For each kind and node: set + 1, 0 for none. */
  setOf: [Uint32Array, Uint32Array, Uint32Array]
  setNode: Uint32Array
  setKind: Uint8Array
  /** Where each set begins in `order`; one entry more than there are sets. */
  setStart: Uint32Array
  /** Records by set, in the order in which they were made. */
  order: Uint32Array
  /** By record, in the order in which they were made over all sets. */
  first: Uint32Array
  second: Uint32Array
  /** SRV records that have a priority and a weight of their own, ascending, and what they are. */
  weighted: Uint32Array
  weights: Uint32Array
  /** IPv6 addresses, 16 bytes each. */
  v6: Uint8Array
  /** IPv4 addresses that belong to one name alone, ascending, and the nodes of those names. */
  reverseV4: Uint32Array
  reverseV4Node: Uint32Array
  /** For each entry of `v6` the node of the one name that it belongs to, + 1; 0 for none. */
  reverseV6: Uint32Array
  /** Where each task's own records end; they begin where those of the task before end. */
  taskEnd: Uint32Array
  /** Number of the first task's first record. */
  tasksFrom: number
  /** UTF-8 JSON: `[[framework, [[id, name], …]], …]`, tasks in the order of `taskEnd`. */
  tasks: Uint8Array
  /** Names and targets that no DNS message can hold. */
  unencodable: number
}

/** What has changed since a table was made: whole names, each with all that it has now. */
export type Patch = {
  /** Names that are not `decided` in it are only there as targets. */
  table: Table
  /** Addresses whose one name is another one now, with a dot at its end; undefined for those that have none any more. */
  owners: ReadonlyMap<string, string | undefined>
  /** What the decided names have in the table that is patched. */
  hidden: { records: number; unencodable: number }
}

/** All records that there are: those of a table, but for what a patch says. */
export type Contents = { table: Table; patch?: Patch }

/** Of an SRV record (RFC 2782): 16 bits each. */
export type Weights = { priority: number; weight: number }

export function packWeights({ priority, weight }: Weights): number {
  return ((priority << 16) | weight) >>> 0
}

export const kinds = ['A', 'AAAA', 'SRV'] as const
export type Kind = (typeof kinds)[number]
export const kind = { A: 0, AAAA: 1, SRV: 2 } as const

/** What `flags` of a node tell. */
export const nodeFlag = {
  /** The name exists in the zone: it has records, or others are below it. */
  exists: 1,
  /** No question can name it: it is listed over HTTP alone. */
  listed: 2,
  /** It is listed because a label or the whole name is too long for DNS. */
  tooLong: 4,
  /** In the table of a patch: what it says of the name is all that there is. */
  decided: 8,
} as const

export const noNode = 0xffffffff

/** The parts that are memory of their own, to be handed to another thread. */
export function buffersOf({ table, patch }: Contents): ArrayBuffer[] {
  return [table, patch?.table]
    .flatMap((one) => (one ? Object.values(one).flat() : []))
    .filter((part) => ArrayBuffer.isView(part))
    .map(({ buffer }) => buffer)
    .filter((buffer) => buffer instanceof ArrayBuffer)
}
