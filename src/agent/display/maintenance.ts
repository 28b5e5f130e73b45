import type { MaintenanceStatus } from '../maintenance/mode.ts'
import { age } from './services.ts'

const words: Record<MaintenanceStatus['state'], string> = {
  draining: 'its tasks are being moved',
  drained: 'it takes no tasks',
  ending: 'it is about to take tasks again',
}

/** @param now Unix milliseconds */
export function maintenanceText({ since, state, why, reason }: MaintenanceStatus, now: number): string {
  const told = [words[state], `for ${age(now - since)}`, why, reason]
  return told.filter((part) => part !== undefined).join(', ')
}
