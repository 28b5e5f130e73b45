import { toStderr } from '../glog.ts'

export type MarathonLog = Record<'info' | 'warn' | 'error', (where: string, text: string) => void>

/** Marathon's own form: `[2026-11-22 10:58:14,797] INFO  text (mesosphere.marathon.Main:main)`. */
export function openMarathonLog(write: (text: string) => void = toStderr): MarathonLog {
  const put = (level: string) => (where: string, text: string) => {
    const time = new Date().toISOString().replace('T', ' ').replace('Z', '').replace('.', ',')
    write(`[${time}] ${level.padEnd(5)} ${text} (mesosphere.marathon.${where})\n`)
  }
  return { info: put('INFO'), warn: put('WARN'), error: put('ERROR') }
}
