import { isSettings, type Settings } from '../document/layers.ts'
import { lowerKeys, mesosDnsNames } from '../mesos-dns.ts'
import { type Finding, taken } from './finding.ts'

const reasons: Record<string, string> = {
  zk: 'join with it: `meshbox join zk://…`',
  masters: 'the masters are found through ZooKeeper',
  file: 'Mesos-DNS overwrites it at its start',
  soaserial: 'Mesos-DNS overwrites it at its start',
}

/** Whether a JSON object is the configuration of Mesos-DNS: at least half of its keys are. */
export function isMesosDns(json: Settings): boolean {
  const names = Object.keys(json).map((key) => key.toLowerCase())
  const ours = names.filter((name) => Object.hasOwn(mesosDnsNames, name) || Object.hasOwn(reasons, name))
  return ours.length > 0 && ours.length * 2 >= names.length
}

/** What becomes of the keys of a Mesos-DNS config.json, in any letter case. */
export function fromMesosDns(json: Settings): Finding[] {
  return Object.entries(json).map(([key, value]): Finding => {
    const lower = key.toLowerCase()
    const why = Object.hasOwn(reasons, lower) ? reasons[lower] : undefined
    if (why) return { kind: 'left', from: key, why }
    const name = Object.hasOwn(mesosDnsNames, lower) ? mesosDnsNames[lower] : undefined
    if (name === undefined) return { kind: 'left', from: key, why: 'Mesos-DNS has no such key' }
    if (value === null) return { kind: 'left', from: key, why: 'null leaves the default' }
    return taken(key, ['dns', name], isSettings(value) ? lowerKeys(lower, value) : value)
  })
}
