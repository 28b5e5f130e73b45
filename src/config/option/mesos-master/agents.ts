import { duration, durationFrom } from '../kind/duration.ts'
import { integer } from '../kind/number.ts'
import { ours } from '../kind/ours.ts'
import { percentage } from '../kind/percentage.ts'
import { rate } from '../kind/rate.ts'
import { choice, path, yes } from '../kind/text.ts'
import { flagsOf } from '../mesos/row.ts'

const flag = flagsOf('mesos-master')

/** The masters among themselves, what they remember, and when an agent is given up. */
export const registryOptions = {
  zk: flag(ours('every program gets the URL that the machine was joined with: `meshbox join zk://…`'), {
    text: 'The ZooKeeper URL for the election of the leader.',
  }),
  quorum: flag(integer(1, 255), {
    since: '0.19.0',
    text: 'How many masters must have a change of the registry on disk: a majority of the declared controllers, which meshbox takes when left out.',
  }),
  work_dir: flag(path, {
    since: '0.16.0',
    text: 'The folder of the registry, best on a disk of its own; in the data folder of meshbox when left out.',
    change: 'immutable',
    why: 'a master without its part of the registry has lost what it acknowledged',
    local: true,
  }),
  registry: flag(choice('replicated_log', 'in_memory'), {
    since: '0.16.0',
    text: 'Where the registry of agents is kept; in_memory forgets it with the process and is for tests.',
    programDefault: 'replicated_log',
  }),
  registry_fetch_timeout: flag(duration, {
    since: '0.19.0',
    text: 'How long a new leader may take to read the registry before it gives up.',
    programDefault: '1mins',
  }),
  registry_store_timeout: flag(duration, {
    since: '0.19.0',
    text: 'How long a change of the registry may take before the leader gives up.',
    programDefault: '20secs',
  }),
  registry_gc_interval: flag(duration, {
    since: '1.1.0',
    text: 'How often agents that are long gone are dropped from the registry.',
    programDefault: '15mins',
  }),
  registry_max_agent_age: flag(duration, {
    since: '1.1.0',
    text: 'For how long agents that are gone are remembered.',
    programDefault: '2weeks',
  }),
  registry_max_agent_count: flag(integer(0), {
    since: '1.1.0',
    text: 'How many agents that are gone are remembered.',
    programDefault: 102400,
  }),
  registry_strict: flag(yes, {
    since: '0.19.0',
    text: 'Without effect in every version so far.',
    programDefault: false,
  }),
  log_auto_initialize: flag(yes, {
    since: '0.19.0',
    text: 'The replicated log is initialised when all masters are there for the first time; otherwise by hand.',
    programDefault: true,
  }),
  agent_ping_timeout: flag(durationFrom('1secs', '15mins'), {
    since: '1.0.0',
    text: 'How long an agent may take to answer a ping.',
    programDefault: '15secs',
    before: ['slave_ping_timeout'],
  }),
  max_agent_ping_timeouts: flag(integer(1, 1_000_000), {
    since: '1.0.0',
    text: 'After how many pings without an answer an agent is unreachable.',
    programDefault: 5,
    before: ['max_slave_ping_timeouts'],
  }),
  agent_reregister_timeout: flag(durationFrom('10mins'), {
    since: '1.0.0',
    text: 'How long agents may take to come back after a change of the leader before they are unreachable.',
    programDefault: '10mins',
    before: ['slave_reregister_timeout'],
  }),
  agent_removal_rate_limit: flag(rate, {
    since: '1.0.0',
    text: 'How many agents that do not answer are given up in a time; all of them at once when left out.',
    before: ['slave_removal_rate_limit'],
  }),
  recovery_agent_removal_limit: flag(percentage, {
    since: '1.0.0',
    text: 'A new leader that would have to give up more of the agents than this ends instead.',
    programDefault: '100%',
    before: ['recovery_slave_removal_limit'],
  }),
  require_agent_domain: flag(yes, {
    since: '1.5.0',
    text: 'Only agents with a domain are taken.',
    programDefault: false,
  }),
  whitelist: flag(path, {
    text: 'A file of the agents, one in a line, whose resources are offered; it is read again when it changes.',
    local: true,
  }),
  master_contender: flag(ours('it cannot be used with --zk, which meshbox gives'), {
    since: '1.0.0',
    text: 'A module that elects the leader in another way than ZooKeeper.',
  }),
} as const
