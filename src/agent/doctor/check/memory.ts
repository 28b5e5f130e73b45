import { readFileSync } from 'node:fs'
import { done } from '../done.ts'
import { type Finding, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** MiB: ZooKeeper's heap of 512, a master, Marathon and the agent itself. */
const wanted = { controller: 2048, worker: 512 }

const calm = ['sysctl', 'vm.swappiness=1']

type Memory = { totalMb: number; availableMb: number; swapMb: number; swappiness: number }

/** Whether there is enough memory, and whether ZooKeeper's would be swapped out. */
export function checkMemory({ place }: Subject): Finding[] {
  return judgeMemory(readMemory(), place.controller)
}

export function judgeMemory(
  { totalMb, availableMb, swapMb, swappiness }: Memory,
  controller: boolean,
): Finding[] {
  const needed = controller ? wanted.controller : wanted.worker
  const findings: Finding[] = []
  if (totalMb < needed)
    findings.push(
      warning(
        `the machine has ${totalMb} MB of memory; ${needed} are wanted here`,
        'give it more, or its programs less',
      ),
    )
  else if (availableMb < totalMb / 20)
    findings.push(
      warning(`only ${availableMb} MB of ${totalMb} MB of memory are left`, 'ps aux --sort=-rss | head'),
    )
  if (controller && swapMb > 0 && swappiness > 10)
    findings.push(
      warning(
        `ZooKeeper may be swapped out (vm.swappiness is ${swappiness}), and then it loses its sessions`,
        calm.join(' '),
        { what: calm.join(' '), run: () => done(calm) },
      ),
    )
  return findings.length > 0 ? findings : [ok(`${availableMb} MB of ${totalMb} MB of memory are free`)]
}

/** /proc/meminfo counts in kB (proc(5)). */
function readMemory(): Memory {
  const text = readFileSync('/proc/meminfo', 'utf8')
  const mb = (name: string) =>
    Math.floor(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024)
  return {
    totalMb: mb('MemTotal'),
    availableMb: mb('MemAvailable'),
    swapMb: mb('SwapTotal'),
    swappiness: Number(readFileSync('/proc/sys/vm/swappiness', 'utf8')),
  }
}
