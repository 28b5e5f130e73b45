import { decimal, integer, ratio } from '../kind/number.ts'
import { yes } from '../kind/text.ts'
import { option } from '../option.ts'
import { jvm } from './row.ts'

const int32 = 2_147_483_647

/** What clients may ask of a server, and what becomes of those that ask too much. */
export const limitOptions = {
  maxClientCnxns: option(integer(0, int32).default(60), {
    program: 'zookeeper',
    text: 'How many connections one address may have to one server; 0 is no limit.',
    change: 'rolling',
    programDefault: 60,
  }),
  maxCnxns: jvm('zookeeper.maxCnxns', integer(0, int32), {
    text: 'How many connections a server has in all; 0 is no limit.',
    since: '3.6.0',
    programDefault: 0,
  }),
  clientTcpKeepAlive: jvm('zookeeper.clientTcpKeepAlive', yes, {
    text: 'TCP keepalive on the connections of clients, for networks that lose their goodbye.',
    since: '3.6.1',
    programDefault: false,
  }),
  globalOutstandingLimit: jvm('zookeeper.globalOutstandingLimit', integer(1, int32), {
    text: 'How many requests may be in work before clients have to wait.',
    programDefault: 1000,
  }),
  requestThrottleLimit: jvm('zookeeper.request_throttle_max_requests', integer(0, int32), {
    text: 'How many requests may be in work before further ones are held back; 0 is no limit.',
    since: '3.6.0',
    programDefault: 0,
  }),
  requestThrottleStallTime: jvm('zookeeper.request_throttle_stall_time', integer(0, int32), {
    text: 'How long a request that is held back waits before it looks again.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: 100,
  }),
  requestThrottleDropStale: jvm('zookeeper.request_throttle_drop_stale', yes, {
    text: 'Requests that nobody waits for any more are dropped.',
    since: '3.6.0',
    programDefault: true,
  }),
  requestStaleLatencyCheck: jvm('zookeeper.request_stale_latency_check', yes, {
    text: 'Nobody waits for a request that is older than its session may be.',
    since: '3.6.0',
    programDefault: false,
  }),
  requestStaleConnectionCheck: jvm('zookeeper.request_stale_connection_check', yes, {
    text: 'Nobody waits for a request whose connection is closed.',
    since: '3.6.0',
    programDefault: true,
  }),
  'request_throttler.shutdownTimeout': jvm('zookeeper.request_throttler.shutdownTimeout', integer(0, int32), {
    text: 'How long a server that stops works off what it has.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: 10000,
  }),
  throttledOpWaitTime: jvm('zookeeper.throttled_op_wait_time', integer(0, int32), {
    text: 'A request that was held back for longer is answered with an error; 0 is never.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: 0,
  }),
  largeRequestMaxBytes: jvm('zookeeper.largeRequestMaxBytes', integer(1, int32), {
    text: 'How much all large requests in work may have together; a further one loses its connection.',
    unit: 'bytes',
    since: '3.6.0',
    programDefault: 104857600,
  }),
  largeRequestThreshold: jvm('zookeeper.largeRequestThreshold', integer(-1, int32), {
    text: 'From which size on a request is large; with -1 none is.',
    unit: 'bytes',
    since: '3.6.0',
    programDefault: -1,
  }),
  connectionMaxTokens: jvm('zookeeper.connection_throttle_tokens', integer(0, int32), {
    text: 'New connections take tokens from a bucket of this size; 0 is no limit.',
    since: '3.6.0',
    programDefault: 0,
  }),
  connectionTokenFillTime: jvm('zookeeper.connection_throttle_fill_time', integer(1, int32), {
    text: 'How often the bucket is filled.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: 1,
  }),
  connectionTokenFillCount: jvm('zookeeper.connection_throttle_fill_count', integer(1, int32), {
    text: 'How many tokens come into the bucket each time.',
    since: '3.6.0',
    programDefault: 1,
  }),
  connectionFreezeTime: jvm('zookeeper.connection_throttle_freeze_time', integer(-1, int32), {
    text: 'How often it is judged anew how many connections are refused by chance; with -1 none are.',
    unit: 'milliseconds',
    since: '3.6.0',
    programDefault: -1,
  }),
  connectionDropIncrease: jvm('zookeeper.connection_throttle_drop_increase', ratio, {
    text: 'By how much more are refused when the bucket is empty.',
    since: '3.6.0',
    programDefault: 0.02,
  }),
  connectionDropDecrease: jvm('zookeeper.connection_throttle_drop_decrease', ratio, {
    text: 'By how much fewer are refused when the bucket has enough.',
    since: '3.6.0',
    programDefault: 0.002,
  }),
  connectionDecreaseRatio: jvm('zookeeper.connection_throttle_decrease_ratio', decimal(0), {
    text: 'Enough is this part of the bucket.',
    since: '3.6.0',
    programDefault: 0,
  }),
  connection_throttle_weight_enabled: jvm('zookeeper.connection_throttle_weight_enabled', yes, {
    text: 'Connections take more or fewer tokens by their session.',
    since: '3.6.0',
    programDefault: false,
  }),
  connection_throttle_global_session_weight: jvm(
    'zookeeper.connection_throttle_global_session_weight',
    integer(1, int32),
    { text: 'Tokens of a connection with a new global session.', since: '3.6.0', programDefault: 3 },
  ),
  connection_throttle_local_session_weight: jvm(
    'zookeeper.connection_throttle_local_session_weight',
    integer(1, int32),
    { text: 'Tokens of a connection with a new local session.', since: '3.6.0', programDefault: 1 },
  ),
  connection_throttle_renew_session_weight: jvm(
    'zookeeper.connection_throttle_renew_session_weight',
    integer(1, int32),
    { text: 'Tokens of a connection that continues a session.', since: '3.6.0', programDefault: 2 },
  ),
  'outstandingHandshake.limit': jvm('zookeeper.netty.server.outstandingHandshake.limit', integer(-1, int32), {
    text: 'How many TLS handshakes may go on at once, further connections are refused; -1 is no limit.',
    programDefault: -1,
  }),
  'netty.server.earlyDropSecureConnectionHandshakes': jvm(
    'zookeeper.netty.server.earlyDropSecureConnectionHandshakes',
    yes,
    {
      text: 'A server that is not ready yet refuses TLS connections before their handshake.',
      since: '3.7.1',
      programDefault: false,
    },
  ),
  advancedFlowControlEnabled: jvm('zookeeper.netty.advancedFlowControl.enabled', yes, {
    text: 'Netty reads no faster than requests are worked off.',
    since: '3.6.0',
    programDefault: false,
  }),
  enforceQuota: jvm('zookeeper.enforceQuota', yes, {
    text: 'Writes over a hard quota are refused, not only told in the log.',
    since: '3.7.0',
    programDefault: false,
  }),
}
