import { duration } from '../kind/duration.ts'
import { fileValue } from '../kind/file-value.ts'
import { list } from '../kind/list.ts'
import { yes } from '../kind/text.ts'
import { credentials, symbol } from '../mesos/kinds.ts'
import { flagsOf } from '../mesos/row.ts'

const flag = flagsOf('mesos-master')

/** Who is believed to be who. */
export const masterAccessOptions = {
  credentials: flag(fileValue(credentials), {
    since: '0.15.0',
    text: 'The principals of agents, frameworks and operators with their secrets.',
    secret: true,
    file: true,
  }),
  authenticate_agents: flag(yes, {
    since: '1.0.0',
    text: 'Only agents that have a credential are taken.',
    programDefault: false,
    before: ['authenticate_slaves'],
  }),
  authenticate_frameworks: flag(yes, {
    since: '1.0.0',
    text: 'Only frameworks that have a credential are taken.',
    programDefault: false,
    before: ['authenticate'],
  }),
  authenticate_http_frameworks: flag(yes, {
    since: '1.0.0',
    text: 'The same for frameworks that speak HTTP; it needs http_framework_authenticators.',
    programDefault: false,
  }),
  authentication_v0_timeout: flag(duration, {
    since: '1.7.0',
    text: 'How long it may take an agent, or a framework of the old kind, to prove who it is.',
    programDefault: '15secs',
  }),
  authenticators: flag(symbol, {
    since: '0.21.0',
    text: 'How agents and frameworks prove who they are: crammd5, or a module.',
    programDefault: 'crammd5',
  }),
  authorizers: flag(list(symbol), {
    since: '0.24.0',
    text: 'What decides who may do what: local, which looks at acls, or a module.',
    programDefault: ['local'],
  }),
  http_authenticators: flag(list(symbol), {
    since: '0.27.0',
    text: 'How operators prove who they are over HTTP: basic, or a module.',
    programDefault: ['basic'],
  }),
  http_framework_authenticators: flag(symbol, {
    since: '1.0.0',
    text: 'How frameworks prove who they are over HTTP: basic, or a module.',
  }),
} as const
