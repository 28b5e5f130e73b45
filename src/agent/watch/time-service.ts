import { existsSync, readdirSync, readFileSync } from 'node:fs'

type Installer = keyof typeof installs
type Program = 'chronyd' | 'ntpd' | 'systemd-timesyncd'

/** What sets the clock of this machine, or could. */
export type TimeFacts = {
  /** The clock is its host's then. */
  container: boolean
  systemd: boolean
  /** What installs packages here, if anything known. */
  installer: Installer | undefined
  installed: Program[]
  running: Program[]
  /** systemd's units of them, without `.service`. */
  units: string[]
}

/** Only Debian starts what it installs. */
const installs = {
  'apt-get': (systemd: boolean) => `apt-get install -y ${systemd ? 'systemd-timesyncd' : 'chrony'}`,
  dnf: () => 'dnf install -y chrony && systemctl enable --now chronyd',
  zypper: () => 'zypper install -y chrony && systemctl enable --now chronyd',
}

/** What to type about a clock that is off, and what to know of it. */
export type Setting = { command: string; note: string }

/** @param seconds so far it is ahead */
export function howToSet(
  { container, systemd, installer, installed, running, units }: TimeFacts,
  seconds: number,
): Setting {
  // Not `5 seconds ago`: Busybox knows only numbers.
  const byHand = `date -s @$(($(date +%s) ${seconds < 0 ? '+' : '-'} ${Math.round(Math.abs(seconds))}))`
  const elsewhere = `where no time server answers, \`${byHand}\` sets it by theirs`
  const unitOf = (...names: string[]) => names.find((name) => units.includes(name)) ?? names[0] ?? ''
  const restart = (...names: string[]) =>
    systemd ? `systemctl restart ${unitOf(...names)}` : `service ${unitOf(...names)} restart`
  const enable = (...names: string[]) =>
    systemd ? `systemctl enable --now ${unitOf(...names)}` : `service ${unitOf(...names)} start`
  if (container)
    return {
      command: 'timedatectl set-ntp true',
      note: 'it is that of the host of this container: type it there',
    }
  if (running.includes('chronyd')) return { command: 'chronyc makestep', note: elsewhere }
  // They set it anew, however far it is off, when they start.
  if (running.includes('ntpd')) return { command: restart('ntpsec', 'ntp', 'ntpd'), note: elsewhere }
  if (running.includes('systemd-timesyncd')) return { command: restart('systemd-timesyncd'), note: elsewhere }
  if (installed.includes('chronyd')) return { command: enable('chrony', 'chronyd'), note: elsewhere }
  if (installed.includes('ntpd')) return { command: enable('ntpsec', 'ntp', 'ntpd'), note: elsewhere }
  if (installed.includes('systemd-timesyncd') && systemd)
    return { command: 'timedatectl set-ntp true', note: elsewhere }
  if (installer) return { command: installs[installer](systemd), note: elsewhere }
  return { command: byHand, note: 'nothing here keeps it right: install chrony' }
}

const places: Record<Program, string[]> = {
  chronyd: ['/usr/sbin/chronyd'],
  ntpd: ['/usr/sbin/ntpd'],
  'systemd-timesyncd': ['/lib/systemd/systemd-timesyncd', '/usr/lib/systemd/systemd-timesyncd'],
}
const names = Object.keys(places) as Program[]
const installers = Object.keys(installs) as Installer[]
const unitFolders = ['/lib/systemd/system', '/usr/lib/systemd/system', '/etc/systemd/system']
const units = ['chrony', 'chronyd', 'ntpsec', 'ntp', 'ntpd', 'systemd-timesyncd']
/** Docker's, Podman's, and systemd's in a container (systemd-detect-virt(1)). */
const containerMarks = ['/.dockerenv', '/run/.containerenv', '/run/systemd/container']

export function readTimeFacts(): TimeFacts {
  // The kernel cuts the name of a process after 15 bytes (proc(5)).
  const there = new Set(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(nameOf),
  )
  return {
    container: containerMarks.some(existsSync),
    systemd: existsSync('/run/systemd/system'),
    installer: installers.find((name) => existsSync(`/usr/bin/${name}`)),
    installed: names.filter((name) => places[name].some(existsSync)),
    running: names.filter((name) => there.has(name.slice(0, 15))),
    units: units.filter((unit) => unitFolders.some((folder) => existsSync(`${folder}/${unit}.service`))),
  }
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return '' // ended meanwhile
  }
}
