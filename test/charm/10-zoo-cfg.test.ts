import { expect, test } from 'bun:test'
import { decideActions } from '../../src/agent/plan/actions.ts'
import { documentSchema } from '../../src/config/schema.ts'
import { planServices } from '../../src/supervisor/plan.ts'
import { inputFor } from './planned.ts'

/** Point 10 of the charm's faults: zoo.cfg was only written when peers changed, so a changed tickTime did nothing. */
test('a changed tickTime is planned by itself, and stands in zoo.cfg', () => {
  const [before, wanted] = [2000, 3000].map((tickTime) =>
    inputFor(documentSchema.parse({ zookeeper: { tickTime } })),
  ) as [ReturnType<typeof inputFor>, ReturnType<typeof inputFor>]
  const actions = decideActions(
    wanted,
    { config: before.config, services: planServices(before).services },
    false,
  )
  expect(actions).toMatchObject([
    { part: 'zookeeper', kind: 'restart', options: [{ option: 'zookeeper.tickTime', from: 2000, to: 3000 }] },
  ])
  const file = planServices(wanted).services[0]?.files.find(({ path }) => path.endsWith('/zoo.cfg'))
  expect(file?.content).toContain('tickTime=3000\n')
})
