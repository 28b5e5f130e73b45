import { z } from 'zod'
import { address } from '../kind/address.ts'
import { kind } from '../kind/kind.ts'
import { list } from '../kind/list.ts'
import { integer, port } from '../kind/number.ts'
import { text, yes } from '../kind/text.ts'
import { option } from '../option.ts'
import { cfg, javaClass, jvm } from './row.ts'

const int32 = 2_147_483_647
const error = 'must be the four letters of a command, such as srvr, or *'
const word = kind(z.string({ error }).regex(/^([a-z]{4}|\*)$/, { error }), {
  name: 'four-letter word',
  text: 'the four letters of a command, such as srvr, or *',
  good: ['srvr', 'ruok', '*', 'mntr'],
  bad: ['server', '', 'a b', 5],
})

/** What a server tells of itself: four-letter words, the AdminServer, metrics. */
export const adminOptions = {
  '4lw.commands.whitelist': jvm(
    'zookeeper.4lw.commands.whitelist',
    kind(
      list(word).refine(
        (words) => words.includes('srvr') || words.includes('*'),
        'must have srvr, which meshbox asks',
      ),
      {
        name: 'list of four-letter words',
        text: 'the four letters of each command that is answered, srvr among them, or *',
        good: [['srvr', 'ruok'], 'srvr,mntr,stat', ['*']],
        bad: [['ruok'], ['srvr', 'server'], 'ruok', 5, []],
        json: { anyOf: [{ type: 'array' }, { type: 'string' }] },
      },
    ),
    {
      text: 'The four-letter words that are answered; * is all of them.',
      since: '3.5.3',
      programDefault: ['srvr'],
    },
  ),
  'admin.enableServer': option(yes.default(false), {
    program: 'zookeeper',
    text: 'The AdminServer, which tells over HTTP what the four-letter words do.',
    change: 'rolling',
    since: '3.5.0',
    programDefault: true,
    old: true,
    reason: "it listens on port 8080, which is Marathon's, and tells everybody everything",
  }),
  'admin.serverAddress': cfg(address, {
    text: 'The address of the AdminServer.',
    since: '3.5.0',
    programDefault: '0.0.0.0',
    local: true,
  }),
  'admin.serverPort': cfg(port, {
    text: 'The port of the AdminServer.',
    since: '3.5.0',
    programDefault: 8080,
  }),
  'admin.idleTimeout': cfg(integer(1, int32), {
    text: 'How long a connection to the AdminServer may be silent.',
    unit: 'milliseconds',
    since: '3.5.0',
    programDefault: 30000,
  }),
  'admin.commandURL': cfg(text, {
    text: 'The path below which the AdminServer has its commands.',
    since: '3.5.0',
    programDefault: '/commands',
  }),
  'admin.portUnification': cfg(yes, {
    text: 'The AdminServer takes HTTPS besides HTTP.',
    since: '3.6.0',
    programDefault: false,
  }),
  'admin.forceHttps': cfg(yes, {
    text: 'The AdminServer takes HTTPS alone.',
    since: '3.7.1',
    programDefault: false,
  }),
  'metricsProvider.className': cfg(javaClass, {
    text: 'Which code gives out metrics: org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider for Prometheus.',
    since: '3.6.0',
    programDefault: 'org.apache.zookeeper.metrics.impl.DefaultMetricsProvider',
  }),
  'metricsProvider.httpHost': cfg(text, {
    text: 'The address of the metrics for Prometheus.',
    since: '3.8.0',
    programDefault: '0.0.0.0',
    local: true,
  }),
  'metricsProvider.httpPort': cfg(port, {
    text: 'The port of the metrics for Prometheus.',
    since: '3.6.0',
    programDefault: 7000,
  }),
  'metricsProvider.exportJvmInfo': cfg(yes, {
    text: 'Prometheus is told of the Java machine too.',
    since: '3.6.0',
    programDefault: true,
  }),
  'metricsProvider.numWorkerThreads': cfg(integer(0, int32), {
    text: 'Threads that gather the metrics for Prometheus; with 0 requests do it themselves.',
    since: '3.7.1',
    programDefault: 1,
  }),
  'metricsProvider.maxQueueSize': cfg(integer(1, int32), {
    text: 'How many figures may wait for them.',
    since: '3.7.1',
    programDefault: 1000000,
  }),
  'metricsProvider.workerShutdownTimeoutMs': cfg(integer(0, int32), {
    text: 'How long they may take to end.',
    unit: 'milliseconds',
    since: '3.7.1',
    programDefault: 1000,
  }),
}
