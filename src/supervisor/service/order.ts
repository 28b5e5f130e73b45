import type { ServiceName, ServiceSpec } from './spec.ts'

/** Services after what they need; where nothing decides, as they came. A need that is not among them counts as met. */
export function inOrder(services: ServiceSpec[]): ServiceSpec[] {
  const done = new Set<ServiceName>()
  const ordered: ServiceSpec[] = []
  const visit = (spec: ServiceSpec) => {
    if (done.has(spec.name)) return
    done.add(spec.name)
    for (const need of spec.needs) {
      const found = services.find(({ name }) => name === need)
      if (found) visit(found)
    }
    ordered.push(spec)
  }
  for (const spec of services) visit(spec)
  return ordered
}
