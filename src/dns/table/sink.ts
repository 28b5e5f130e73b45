import type { Weights } from './table.ts'

/** Takes records as they are made. Names are taken once and then known by their number. */
export type RecordSink = {
  /** The number of a name, written with a dot at its end. */
  name(text: string): number
  /** Whether the name that was taken last had not been there before. */
  wasNew(): boolean
  /** Adds an address; false when it was there already. */
  address(owner: number, address: string, known?: 'new'): boolean
  /**
   * Adds a service; false when it was there already. What the caller knows to be `new`, for its owner or target is, is
   * not looked for: that is most of a large cluster. Without weights it has those of all.
   */
  service(
    owner: number,
    target: number,
    port: number,
    more?: { isNew?: boolean; weights?: Weights | undefined },
  ): boolean
  /** From here on names come that were there before: nothing is taken for new without a look. */
  distrust(): void
  /** The address is the name's own; one that several names have belongs to none. */
  owns(owner: number, address: string): void
  /** The address is shared by whoever runs there. */
  shares(address: string): void
  /** Records from here on are the task's, until the next task. */
  task(id: string, name: string): void
}
