import type { DnsConfig } from '../../config/dns.ts'
import { uint16 } from '../../config/static-record.ts'
import type { Skip, TaskEntry } from '../state/model.ts'
import type { Weights } from '../table/table.ts'

/** Priority and weight of a task's SRV records; undefined when they are those of all. */
export type WeightsOf = (task: TaskEntry) => Weights | undefined

/** By the task's labels; a value that is no number of 16 bits is noted, and the default stands. */
export function openWeights(
  {
    priorityLabel,
    weightLabel,
    srvRecordDefaultWeight,
  }: Pick<DnsConfig, 'priorityLabel' | 'weightLabel' | 'srvRecordDefaultWeight'>,
  skipped: Skip[],
): WeightsOf {
  if (priorityLabel + weightLabel === '') return () => undefined

  function numberIn({ id, labels = [] }: TaskEntry, label: string): number | undefined {
    const text = label === '' ? undefined : labels.find(({ key }) => key === label)?.value
    const number = text === undefined ? undefined : uint16(text)
    if (text !== undefined && number === undefined)
      skipped.push({ what: `task ${id}, label ${label}`, why: `it is "${text.slice(0, 80)}"` })
    return number
  }

  return (task) => {
    const priority = numberIn(task, priorityLabel)
    const weight = numberIn(task, weightLabel)
    if (priority === undefined && weight === undefined) return undefined
    return { priority: priority ?? 0, weight: weight ?? srvRecordDefaultWeight }
  }
}
