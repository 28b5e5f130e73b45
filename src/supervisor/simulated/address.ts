import { lookupService } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type Flags, isOn } from './flags/mesos.ts'
import type { Glog } from './glog.ts'

/** Where a program listens, and how it calls itself to the others. */
export type Address = { bind: string; ip: string; hostname: string; port: number }

const lookupMs = 1000

/** @throws StartFailure when `--ip` is no address */
export async function addressOf(flags: Flags, program: string, glog: Glog): Promise<Address> {
  const given = flags.get('ip')
  if (given !== undefined && !isIP(given)) {
    const why = `Failed to parse IP as either IPv4 or IPv6:${given}`
    throw glog.exit(
      'process.cpp:1079',
      `Failed to load flag 'ip': Failed to load value '${given}': ${why}\n\nSee \`${program} --help\` for a list of supported flags.`,
    )
  }
  const bind = given ?? '0.0.0.0'
  const ip = flags.get('advertise_ip') ?? (given === undefined || given === '0.0.0.0' ? ownIp() : given)
  const bound = Number(flags.get('port'))
  const port = Number(flags.get('advertise_port') ?? bound)
  const hostname = flags.get('hostname') ?? (isOn(flags, 'hostname_lookup') ? await nameOf(ip, bound) : ip)
  return { bind, ip, hostname, port }
}

/** The first address of this machine that others can reach. */
function ownIp(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

async function nameOf(ip: string, port: number): Promise<string> {
  const giveUp = Promise.withResolvers<string>()
  const timer = setTimeout(() => giveUp.resolve(ip), lookupMs)
  try {
    return await Promise.race([lookupService(ip, port).then(({ hostname }) => hostname), giveUp.promise])
  } catch {
    return ip
  } finally {
    clearTimeout(timer)
  }
}

export const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1'
