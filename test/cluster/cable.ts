import { join } from 'node:path'
import { ip } from './ip.ts'

/** What a bad cable does to each frame, both ways: shares from 0 to 1, and milliseconds (up to half as much again). */
export type Fault = { loss?: number; delayMs?: number; duplicate?: number }

/** The cable from one machine to the bridge. */
export type Cable = {
  /** Bad from now on; another fault replaces it. */
  spoil(fault: Fault): Promise<void>
  repair(): Promise<void>
}

const program = join(import.meta.dir, 'cable.py')

/**
 * The machine's port is taken off the bridge and a program in user space carries its frames there, for not every kernel
 * has netem. A good cable costs nothing: it is the kernel's own.
 */
export function makeCable(machine: string, bridge: string, index: number): Cable {
  const [port, wall, socket] = [`port${index}`, `wall${index}`, `bad${index}`]
  let carrier: Bun.Subprocess<'ignore', 'pipe', 'inherit'> | undefined

  async function repair(): Promise<void> {
    if (!carrier) return
    carrier.kill('SIGKILL')
    await carrier.exited
    carrier = undefined
    ip('-n', bridge, 'link', 'del', wall)
    ip('-n', bridge, 'link', 'set', port, 'master', 'br0')
  }

  return {
    repair,
    async spoil({ loss = 0, delayMs = 0, duplicate = 0 }) {
      await repair()
      ip('-n', bridge, 'link', 'add', wall, 'type', 'veth', 'peer', 'name', socket)
      ip('netns', 'exec', machine, 'python3', program, '--whole-frames', 'eth0')
      ip('netns', 'exec', bridge, 'python3', program, '--whole-frames', wall)
      ip('-n', bridge, 'link', 'set', port, 'nomaster')
      ip('-n', bridge, 'link', 'set', wall, 'master', 'br0')
      for (const each of [wall, socket]) ip('-n', bridge, 'link', 'set', each, 'up')
      const numbers = [loss, delayMs, duplicate].map(String)
      carrier = Bun.spawn(['ip', 'netns', 'exec', bridge, 'python3', program, port, socket, ...numbers], {
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'inherit',
      })
      const { value, done } = await carrier.stdout.getReader().read()
      if (done || !new TextDecoder().decode(value).startsWith('ready'))
        throw new Error(`the cable of machine ${index + 1} carries nothing`)
    },
  }
}
