import type { Weights } from './table.ts'

/** Takes records as they are made; one that is there already stays as it is. */
export type RecordSink = {
  /** The number of a name, written with a dot at its end. */
  name(text: string): number
  /** The number of `label` below a name, which is given as it is written too. */
  below(label: string, name: number, text: string): number
  address(owner: number, address: string): void
  /** Without weights it has those of all. */
  service(owner: number, target: number, port: number, weights?: Weights): void
  /** The address is the name's own; one that several names have belongs to none. */
  owns(owner: number, address: string): void
  /** The address is shared by whoever runs there. */
  shares(address: string): void
  /** Records from here on are the task's, until the next task. */
  task(id: string, name: string): void
}
