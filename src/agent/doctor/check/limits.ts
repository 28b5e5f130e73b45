import { readFileSync } from 'node:fs'
import { type Finding, failed, ok, warning } from '../finding.ts'

/** The old packages' limit for mesos-master and mesos-agent was 8192; ZooKeeper has a file for each client. */
const least = { failed: 1024, warning: 8192 }

/** How many files programs that are started here may open. */
export function checkLimits(): Finding[] {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return [judgeFiles(hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard))]
}

export function judgeFiles(limit: number): Finding {
  const told = `a program may open ${limit === Number.POSITIVE_INFINITY ? 'any number of' : limit} files here`
  if (limit < least.failed) return failed(told, `ulimit -n ${least.warning}`)
  return limit < least.warning
    ? warning(`${told}; ${least.warning} are wanted`, `ulimit -n ${least.warning}`)
    : ok(told)
}
