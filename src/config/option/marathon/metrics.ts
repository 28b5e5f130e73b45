import { integer, port } from '../kind/number.ts'
import { choice, text, yes } from '../kind/text.ts'
import { flag, word } from './row.ts'

const int32 = 2_147_483_647
const milliseconds = 'milliseconds'

/** Where figures go. */
export const metricsOptions = {
  metrics: flag(yes, {
    since: '0.13.0',
    text: 'Without effect: kept for older command lines.',
    programDefault: false,
  }),
  metrics_name_prefix: flag(text, {
    since: '1.7.50',
    text: 'What the names of figures begin with.',
    programDefault: 'marathon',
  }),
  metrics_prometheus: flag(yes, { since: '1.7.50', text: 'Figures for Prometheus.', programDefault: true }),
  metrics_statsd: flag(yes, { since: '1.7.50', text: 'Figures are sent to StatsD.', programDefault: false }),
  metrics_statsd_host: flag(text, { since: '1.7.50', text: 'Where StatsD is.', local: true }),
  metrics_statsd_port: flag(port, { since: '1.7.50', text: 'Its port.' }),
  metrics_statsd_transmission_interval_ms: flag(integer(1, int32), {
    since: '1.7.50',
    text: 'How often figures are sent there.',
    unit: milliseconds,
    programDefault: 10000,
  }),
  metrics_datadog: flag(yes, {
    since: '1.7.50',
    text: 'Figures are sent to Datadog.',
    programDefault: false,
  }),
  metrics_datadog_protocol: flag(choice('udp', 'api'), {
    since: '1.7.50',
    text: 'How: over UDP to an agent of it, or by its API.',
    programDefault: 'udp',
  }),
  metrics_datadog_host: flag(text, { since: '1.7.50', text: 'Where the agent of Datadog is.', local: true }),
  metrics_datadog_port: flag(port, { since: '1.7.50', text: 'Its port.' }),
  metrics_datadog_api_key: flag(word, {
    since: '1.7.50',
    text: 'The key for the API of Datadog.',
    secret: true,
  }),
  metrics_datadog_transmission_interval_ms: flag(integer(1, int32), {
    since: '1.7.50',
    text: 'How often figures are sent there.',
    unit: milliseconds,
    programDefault: 10000,
  }),
  metrics_histogram_reservoir_significant_digits: flag(integer(0, 5), {
    since: '1.7.50',
    text: 'How exact histograms are, in digits.',
    programDefault: 3,
  }),
  metrics_histogram_reservoir_highest_trackable_value: flag(integer(2), {
    since: '1.7.149',
    text: 'The largest value that a histogram can hold.',
    programDefault: 3600000000000,
  }),
  metrics_histogram_reservoir_reset_periodically: flag(yes, {
    since: '1.7.50',
    text: 'Histograms begin anew from time to time.',
    programDefault: true,
  }),
  metrics_histogram_reservoir_resetting_interval_ms: flag(integer(1, int32), {
    since: '1.7.50',
    text: 'That time.',
    unit: milliseconds,
    programDefault: 5000,
  }),
  metrics_histogram_reservoir_resetting_chunks: flag(integer(0, int32), {
    since: '1.7.50',
    text: 'In how many parts that happens.',
    programDefault: 0,
  }),
} as const
