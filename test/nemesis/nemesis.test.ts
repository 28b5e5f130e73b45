import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeCluster, type TestCluster } from '../cluster/cluster.ts'
import { seed } from '../gossip/seed.ts'
import { needsRoot } from '../root.ts'
import { judgeInTime, judgeSafety, textOf } from './judge.ts'
import { play } from './play.ts'
import { keepRecorded, type Recorded } from './recorded.ts'

const seconds = Number(process.env.MESHBOX_NEMESIS_SECONDS ?? (process.env.MESHBOX_LONG ? 3600 : 60))
setDefaultTimeout((seconds + 1200) * 1000)

let cluster: TestCluster | undefined
let recorded: Recorded | undefined
afterAll(async () => {
  const keep = process.env.MESHBOX_NEMESIS_KEEP
  if (keep && cluster) {
    const folder = join(keep, `${seed}`)
    mkdirSync(folder, { recursive: true })
    if (recorded) keepRecorded(join(folder, 'recorded.json'), recorded)
    // What the machines have written, for who wants to know why something went as it did.
    for (const machine of cluster.machines) await machine.powerOff()
    Bun.spawnSync(['cp', '-a', ...cluster.machines.map(({ dataDir }) => dataDir), folder])
  }
  await cluster?.remove()
})

// One that is red is never run again: what is lost once is lost. The runner knows it by this name.
needsRoot(`nothing is lost: ${seconds} s of faults (MESHBOX_SEED=${seed})`, async () => {
  cluster = await makeCluster(5, { diskMb: 400, clocks: true })
  recorded = await play(cluster, seed, seconds)
  process.stdout.write(textOf(recorded))
  expect(judgeSafety(recorded)).toEqual([])
})

needsRoot('everybody answers in time, and all ends well', () => {
  expect(recorded && judgeInTime(recorded)).toEqual([])
})
