import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Status } from '../../src/agent/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import { statusAt } from '../status.ts'
import type { Fault } from './cable.ts'
import { makeDisk } from './disk.ts'
import { makeNetwork } from './network.ts'
import { makeWallClock } from './wall-clock.ts'

const binary = join(import.meta.dir, '../../dist/meshbox')

type Ended = { code: number; out: string; err: string }

/** One machine of a test cluster: a network namespace, a folder for its disk, the compiled binary. */
export type Machine = {
  name: string
  address: string
  /** Its name, which every machine can resolve. */
  host: string
  dataDir: string
  /** For `ip netns exec`. */
  namespace: string
  binary: string
  /** Runs a command line of meshbox in this machine, to its end. */
  meshbox(...argv: string[]): Promise<Ended>
  run(...argv: string[]): Promise<Ended>
  /** Types a line into a shell of this machine, as it is shown to people: `meshbox` is its own. */
  shell(line: string): Promise<Ended>
  /** The command line that runs another in this machine. */
  inside(argv: string[]): string[]
  status(): Promise<Status | undefined>
  waitFor(what: string, wanted: (status: Status) => boolean): Promise<Status>
  /** Answers of this machine's own resolver, a line each, sorted. */
  dig(name: string, type: string): Promise<string[]>
  /** SIGKILL to every process, as a power cut would; the disk is kept. */
  powerOff(): Promise<void>
  /** SIGKILL to the agent of meshbox alone; what it started goes on. */
  killAgent(): Promise<void>
  /** Every process in it, whoever started it. */
  pids(): number[]
  pause(): void
  resume(): void
  loseDisk(): void
  /** Only in a cluster with small disks. */
  fillDisk(): void
  clearDisk(): void
  /** Sets the wall clock of its meshbox that far away from the real time; 0 is back. Only in a cluster with clocks. */
  jumpClock(seconds: number): void
}

export type Shape = {
  ipv6?: boolean
  /** Each disk is that small. */
  diskMb?: number
  /** The meshbox of each machine has a wall clock of its own (needs Debian's faketime). */
  clocks?: boolean
}

export type TestCluster = {
  machines: Machine[]
  /** Both ways. */
  partition(a: Machine, b: Machine): void
  heal(a: Machine, b: Machine): void
  /** Packets from `a` to `b` are lost; the others pass. */
  cut(a: Machine, b: Machine): void
  /** From now on the machine is behind NAT, and its address is that of the router, which forwards every port. */
  hide(machine: Machine): void
  mend(a: Machine, b: Machine): void
  /** Makes the cable of a machine bad: loss, delay, duplicates. */
  spoil(machine: Machine, fault: Fault): Promise<void>
  repair(machine: Machine): Promise<void>
  remove(): Promise<void>
}

export async function makeCluster(
  size: number,
  { ipv6 = false, diskMb, clocks = false }: Shape = {},
): Promise<TestCluster> {
  const network = makeNetwork(size, { ipv6 })
  const disks = mkdtempSync(join(tmpdir(), 'mbc-'))
  const removeDisk: (() => void)[] = []
  const machines = Array.from({ length: size }, (_, index) => makeMachine(index))
  const index = (machine: Machine) => machines.indexOf(machine)

  function makeMachine(at: number): Machine {
    const name = `m${at + 1}`
    const dataDir = join(disks, name)
    const disk = makeDisk(dataDir, diskMb)
    removeDisk.push(disk.remove)
    const clock = clocks ? makeWallClock(`${dataDir}.clock`) : undefined

    async function runWith(env: Record<string, string>, argv: string[]): Promise<Ended> {
      const child = Bun.spawn(network.inside(at, argv), {
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
        cwd: disks,
        env: { ...process.env, ...env },
      })
      const [out, err, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ])
      return { code, out, err }
    }

    const run = (...argv: string[]) => runWith({}, argv)
    const meshbox = (...argv: string[]) => {
      const place = argv.includes('--data-dir') ? [] : ['--data-dir', dataDir]
      return runWith(clock?.env ?? {}, [binary, ...argv, ...place])
    }
    const own = `meshbox() { case "$*" in *--data-dir*) ${binary} "$@" ;; *) ${binary} "$@" --data-dir ${dataDir} ;; esac; }`
    const shell = (line: string) => runWith(clock?.env ?? {}, ['sh', '-c', `${own}; ${line}`])
    const signal = (name: NodeJS.Signals) => {
      for (const pid of network.pidsIn(at)) {
        try {
          process.kill(pid, name)
        } catch {
          // ended meanwhile
        }
      }
    }

    const status = () => statusAt(join(dataDir, 'meshbox.sock'))

    return {
      name,
      address: network.addressOf(at),
      host: network.hostOf(at),
      dataDir,
      namespace: network.nameOf(at),
      binary,
      meshbox,
      run,
      shell,
      inside: (argv) => network.inside(at, argv),
      status,
      async waitFor(what, wanted) {
        let last: Status | undefined
        const found = await until(systemClock, { everyMs: 200, timeoutMs: 90_000 }, async () => {
          last = await status()
          return last && wanted(last) ? last : undefined
        })
        if (!found)
          throw new Error(`${name}: gave up waiting for ${what}; last ${JSON.stringify(last, null, 1)}`)
        return found
      },
      async dig(wanted, type) {
        const { code, out, err } = await run(
          'dig',
          `@${network.addressOf(at)}`,
          '+short',
          '+tries=1',
          '+time=2',
          wanted,
          type,
        )
        if (code !== 0) throw new Error(out + err)
        return out.split('\n').filter(Boolean).sort()
      },
      async powerOff() {
        while (network.pidsIn(at).length > 0) {
          signal('SIGKILL')
          await Bun.sleep(50)
        }
      },
      async killAgent() {
        const pid = (await status())?.machines.find((each) => each.name === name)?.pid
        if (pid) process.kill(pid, 'SIGKILL')
      },
      pids: () => network.pidsIn(at),
      pause: () => signal('SIGSTOP'),
      resume: () => signal('SIGCONT'),
      loseDisk: disk.lose,
      fillDisk: disk.fill,
      clearDisk: disk.clear,
      jumpClock(seconds) {
        if (!clock) throw new Error('the machines of this cluster have the clock of this one')
        clock.jump(seconds)
      },
    }
  }

  return {
    machines,
    partition(a, b) {
      network.cut(index(a), index(b))
      network.cut(index(b), index(a))
    },
    heal(a, b) {
      network.mend(index(a), index(b))
      network.mend(index(b), index(a))
    },
    cut: (a, b) => network.cut(index(a), index(b)),
    mend: (a, b) => network.mend(index(a), index(b)),
    hide: (machine) => network.hide(index(machine)),
    spoil: (machine, fault) => network.cable(index(machine)).spoil(fault),
    repair: (machine) => network.cable(index(machine)).repair(),
    async remove() {
      for (const machine of machines) await machine.powerOff()
      await network.remove()
      for (const remove of removeDisk) remove()
      rmSync(disks, { recursive: true, force: true })
    },
  }
}
