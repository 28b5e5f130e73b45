import { address } from '../kind/address.ts'
import { list } from '../kind/list.ts'
import { integer, port } from '../kind/number.ts'
import { choice, path, text, yes } from '../kind/text.ts'
import { option } from '../option.ts'
import { flag, login, url, word } from './row.ts'

const int32 = 2_147_483_647

/** The API and the page, plugins, logs. */
export const httpOptions = {
  hostname: flag(text, {
    text: 'The name or address that masters and other Marathons are told; the address of the machine when left out.',
    local: true,
  }),
  http_address: flag(address, {
    text: 'The address of the API and the page; every address of the machine when left out.',
    local: true,
  }),
  http_port: option(port.default(8080), {
    program: 'marathon',
    text: 'The port of the API and the page.',
    change: 'restart',
    local: true,
    programDefault: 8080,
  }),
  disable_http: flag(yes, {
    text: 'Only HTTPS is served; meshbox itself asks over HTTP whether Marathon is well.',
    programDefault: false,
  }),
  https_address: flag(address, {
    text: 'The address of HTTPS; every address of the machine when left out.',
    local: true,
  }),
  https_port: flag(port, {
    text: 'The port of HTTPS, which is served with ssl_keystore_path.',
    programDefault: 8443,
    local: true,
  }),
  ssl_keystore_path: flag(path, {
    text: 'The file of certificate and key for HTTPS.',
    local: true,
  }),
  ssl_keystore_password: flag(word, {
    text: 'The password of that file.',
    secret: true,
    local: true,
  }),
  http_credentials: flag(login, {
    text: 'user:password that the API and the page ask for.',
    secret: true,
  }),
  http_realm: flag(text, {
    text: 'What browsers show when they ask for it.',
    programDefault: 'Mesosphere',
  }),
  http_compression: flag(yes, {
    text: 'Answers are compressed.',
    programDefault: true,
  }),
  http_max_concurrent_requests: flag(integer(1, int32), {
    text: 'How many requests may be in work; further ones are refused. No limit when left out.',
  }),
  access_control_allow_origin: flag(text, {
    since: '0.8.2',
    text: 'The origins whose pages may ask the API, with commas; * is all of them.',
  }),
  event_stream_max_outstanding_messages: flag(integer(1, int32), {
    since: '0.9.0',
    text: 'How many events may wait for a slow listener before it is cut off.',
    programDefault: 1024,
  }),
  webui_url: flag(text, {
    since: '0.8.1',
    text: 'The address of the page, for links in Mesos; that of the leading Marathon when left out.',
  }),
  assets_path: flag(path, {
    text: 'A folder with another page. Deprecated.',
    local: true,
  }),
  graceful_shutdown_timeout: flag(integer(0, int32), {
    since: '1.8.180',
    text: 'How long requests may take to end when Marathon stops.',
    unit: 'milliseconds',
    programDefault: 45000,
  }),
  plugin_dir: flag(path, {
    since: '0.13.0',
    text: 'The folder of plugins.',
    local: true,
  }),
  plugin_conf: flag(path, {
    since: '0.13.0',
    text: 'The file that says which plugins are used, and how.',
    local: true,
  }),
  enable_features: flag(list(text), {
    since: '1.1.0',
    text: 'Features that are off by default: vips, task_killing, external_volumes, secrets, gpu_resources.',
  }),
  deprecated_features: flag(list(text), {
    since: '1.6.490',
    text: 'Features that are going away and are to stay for now.',
  }),
  logging_level: flag(choice('all', 'trace', 'debug', 'info', 'warn', 'error', 'fatal', 'off'), {
    since: '0.8.2',
    text: 'What is below that level is not logged; info when left out.',
  }),
  logstash: flag(url, { since: '1.3.0', text: 'Where logs are sent to as well: tcp://, udp:// or ssl://.' }),
  sentry: flag(url, { since: '1.3.1', text: 'Where faults are reported to.', secret: true }),
  sentry_tags: flag(text, { since: '1.3.1', text: 'What such reports are marked with: a:b,c:d.' }),
} as const
