import type { Model } from './linearizable.ts'

/** A write of the shared document on version `from`, marked with an id of its own; an edit is on whichever there is. */
export type DocumentOp =
  | { kind: 'wrote'; from: number; id: string }
  | { kind: 'unknown'; from?: number; id: string }
  | { kind: 'refused'; from: number }

/** A document whose version counts up by one with each write of the present version. */
export const documentModel = (version: number): Model<number, DocumentOp> => ({
  initial: version,
  step(now, op) {
    if (op.kind === 'refused') return now === op.from ? undefined : now
    return now === (op.from ?? now) ? now + 1 : undefined
  },
})

/** What the masters' registry holds of one weight. */
export type RegistryOp = { kind: 'write' | 'read'; value: number }

export const registerModel: Model<number, RegistryOp> = {
  initial: 0,
  step: (now, { kind, value }) => (kind === 'write' ? value : now === value ? now : undefined),
}
