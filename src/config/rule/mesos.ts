import { milliseconds } from '../option/kind/duration.ts'
import type { Config } from '../schema.ts'
import type { Rule, Violation } from './rule.ts'

const master = (name: string) => ['mesos', 'master', name]
const agent = (name: string) => ['mesos', 'agent', name]

/** A log that less than a majority must have can be lost, and two halves can both go on. */
export const quorum: Rule = ({ mesos }, { controllers }) => {
  const set = mesos.master.quorum
  if (set === undefined || controllers === undefined) return []
  const majority = Math.floor(controllers / 2) + 1
  if (set >= majority && set <= controllers) return []
  const why =
    set < majority ? `no majority of ${controllers} controllers` : `more than all ${controllers} controllers`
  return [
    {
      path: master('quorum'),
      message: `must not be ${set}, which is ${why}; write ${majority}, or leave it out`,
    },
  ]
}

/** Weights of roles that nobody can have are a mistake in one of the two. */
export const weights: Rule = ({ mesos }) => {
  const { roles = [], weights: set = {} } = mesos.master
  if (roles.length === 0) return []
  return Object.keys(set)
    .filter((role) => !roles.includes(role))
    .map((role) => ({
      path: master('weights'),
      message: `must have no weight for ${role}, which is not in roles (${roles.join(', ')}); add it there, or write another role`,
    }))
}

/** Without anybody's secret everybody would be shut out. */
export const authentication: Rule = ({ mesos, marathon }) => {
  const found: Violation[] = []
  const check = (holds: boolean, path: string[], message: string) => {
    if (!holds) found.push({ path, message })
  }
  const { credentials, authenticators, http_authenticators, http_framework_authenticators } = mesos.master
  const known = credentials !== undefined
  const byModule = authenticators !== undefined && authenticators !== 'crammd5'
  for (const name of ['authenticate_agents', 'authenticate_frameworks'] as const)
    check(mesos.master[name] !== true || known || byModule, master(name), needs('mesos.master.credentials'))
  const httpByModule = http_authenticators !== undefined && !http_authenticators.includes('basic')
  for (const name of ['authenticate_http_readonly', 'authenticate_http_readwrite'] as const) {
    check(
      mesos.master[name] !== true || known || httpByModule,
      master(name),
      needs('mesos.master.credentials'),
    )
    const own =
      mesos.agent.http_credentials !== undefined || (mesos.agent.http_authenticators ?? 'basic') !== 'basic'
    check(mesos.agent[name] !== true || own, agent(name), needs('mesos.agent.http_credentials'))
  }
  check(
    mesos.master.authenticate_http_frameworks !== true || http_framework_authenticators !== undefined,
    master('authenticate_http_frameworks'),
    needs('mesos.master.http_framework_authenticators, such as basic'),
  )
  check(
    marathon.mesos_authentication !== true || marathon.mesos_authentication_principal !== undefined,
    ['marathon', 'mesos_authentication'],
    needs('marathon.mesos_authentication_principal'),
  )
  return found
}

/**
 * Masters are asked by meshbox too, with what its DNS shows them; where a module decides, nobody knows what it wants.
 * Refused and not faulty: tasks go on behind masters that shut out meshbox, and its agent has to start.
 */
export const ownCredentials: Rule = ({ mesos: { master: of }, dns }) => {
  if ((of.http_authenticators ?? ['basic']).join() !== 'basic' || isShown(of.credentials, dns)) return []
  const mend = 'set dns.mesosAuthentication, and dns.mesosCredentials to one of mesos.master.credentials'
  if (of.authenticate_http_readonly === true)
    return [
      {
        path: master('authenticate_http_readonly'),
        message: `would shut out meshbox itself, and with it DNS; ${mend}`,
        ...{ warning: true, refused: true },
      },
    ]
  if (of.authenticate_http_readwrite !== true) return []
  const without =
    'DNS hears of tasks at its polls alone, no machine is drained and no controllers are changed'
  return [
    {
      path: master('authenticate_http_readwrite'),
      message: `shuts out meshbox itself, so that ${without}; ${mend}`,
      warning: true,
    },
  ]
}

/** Whether DNS shows what masters let in, who split it at every colon; so it counts where a file has what they let in. */
function isShown(letIn: Config['mesos']['master']['credentials'], dns: Config['dns']): boolean {
  if (dns.mesosAuthentication !== 'basic') return dns.mesosAuthentication !== ''
  const { principal, secret } = dns.mesosCredentials
  if (principal.includes(':') || secret.includes(':')) return false
  if (letIn === undefined || typeof letIn === 'string') return true
  return letIn.credentials.some((each) => each.principal === principal && (each.secret ?? '') === secret)
}

/**
 * Marathon takes the last colon for the one between the two, and its callers the first; what they show is read as Latin-1.
 */
export const marathonLogin: Rule = ({ marathon: { http_credentials: login } }) =>
  login === undefined || /^[^:\u0100-\uffff]+:[^:\u0100-\uffff]+$/.test(login)
    ? []
    : [
        {
          path: ['marathon', 'http_credentials'],
          message:
            'would let nobody in; write a password without a colon, and no character that Latin-1 has not',
          ...{ warning: true, refused: true },
        },
      ]

const needs = (option: string) => `would let nobody in; set ${option}`

/** What the programs themselves refuse at their start. */
export const together: Rule = ({ mesos, marathon }) => {
  const found: Violation[] = []
  const check = (holds: boolean, path: string[], message: string) => {
    if (!holds) found.push({ path, message })
  }
  for (const [section, at] of [
    [mesos.master, master],
    [mesos.agent, agent],
  ] as const)
    check(
      section.modules === undefined || section.modules_dir === undefined,
      at('modules_dir'),
      'must not stand beside modules; write one of the two',
    )
  const { perf_duration = '10secs', perf_interval = '1mins' } = mesos.agent
  check(
    milliseconds(perf_duration) < milliseconds(perf_interval),
    agent('perf_duration'),
    `must be less than perf_interval, ${perf_interval}; write less`,
  )
  const { local_port_min = 10000, local_port_max = 20000 } = marathon
  check(
    local_port_min <= local_port_max,
    ['marathon', 'local_port_min'],
    `must not be over local_port_max, ${local_port_max}; write that or less`,
  )
  check(
    marathon.ssl_keystore_path === undefined || marathon.ssl_keystore_password !== undefined,
    ['marathon', 'ssl_keystore_path'],
    'needs a password; set marathon.ssl_keystore_password',
  )
  check(
    marathon.disable_http !== true || marathon.ssl_keystore_path !== undefined,
    ['marathon', 'disable_http'],
    'leaves nothing to listen on; set marathon.ssl_keystore_path',
  )
  return found
}
