import { formatRanges } from '../resources.ts'
import type { Offer } from '../wire/model.ts'
import type { App } from './app.ts'

type Placed = { appId: string; agentId: string; host: string }

/** Whether the app's constraints let a further task of it run on the agent of `offer`. */
export function allows(app: App, offer: Offer, offers: Offer[], placed: Placed[]): boolean {
  return app.constraints.every(([field = '', operator, value]) => {
    const here = fieldOf(offer, field)
    const others = placed
      .filter(({ appId }) => appId === app.id)
      .map(({ agentId, host }) => {
        const known = offers.find((each) => each.agentId === agentId)
        return field === 'hostname' ? host : known && fieldOf(known, field)
      })
    const same = others.filter((each) => each === here).length
    switch (operator) {
      case 'UNIQUE':
        return same === 0
      case 'MAX_PER':
        return same < Number(value ?? 1)
      case 'CLUSTER':
        return value ? here === value : others.every((each) => each === here)
      case 'LIKE':
      case 'IS':
        return here !== undefined && new RegExp(`^(?:${value ?? ''})$`).test(here)
      case 'UNLIKE':
        return here === undefined || !new RegExp(`^(?:${value ?? ''})$`).test(here)
      default: // GROUP_BY: tasks are spread anyway
        return true
    }
  })
}

function fieldOf(offer: Offer, field: string): string | undefined {
  if (field === 'hostname') return offer.hostname
  const value = offer.attributes.find(({ name }) => name === field)?.value
  return Array.isArray(value) ? formatRanges(value) : value === undefined ? undefined : String(value)
}
