import { address } from '../kind/address.ts'
import { integer, port } from '../kind/number.ts'
import { ours } from '../kind/ours.ts'
import { yes } from '../kind/text.ts'
import { option } from '../option.ts'
import { cfg, jvm } from './row.ts'

const fixedPorts = 'the birth record of the ensemble has it, and ZooKeeper owns its server list since'

/** Ports, addresses, and the clock that everything else is counted in. */
export const basicOptions = {
  clientPort: option(port.default(2181), {
    program: 'zookeeper',
    text: 'Port for clients of servers whose port is not in the ZooKeeper URL.',
    change: 'immutable',
    why: fixedPorts,
  }),
  quorumPort: option(port.default(2888), {
    program: 'zookeeper',
    text: 'Port on which the servers of the ensemble follow their leader.',
    change: 'immutable',
    why: fixedPorts,
    flag: 'server.N',
  }),
  electionPort: option(port.default(3888), {
    program: 'zookeeper',
    text: 'Port on which the servers of the ensemble elect their leader.',
    change: 'immutable',
    why: fixedPorts,
    flag: 'server.N',
  }),
  heap: option(integer(64, 1_048_576).default(512), {
    program: 'zookeeper',
    text: 'Memory for its data and its clients. All of its data is kept there; the machine needs a third more for the rest of Java.',
    change: 'rolling',
    unit: 'MiB',
    local: true,
    flag: '-Xmx',
  }),
  tickTime: option(integer(1, 3_600_000).default(2000), {
    program: 'zookeeper',
    text: 'Length of a tick: heartbeats, timeouts and the shortest session are counted in it.',
    change: 'rolling',
    unit: 'milliseconds',
    programDefault: 3000,
    old: 3000,
    reason:
      "ZooKeeper's own sample configuration and the charm have 2000, so that a dead session is seen sooner",
  }),
  initLimit: option(integer(1, 100_000).default(10), {
    program: 'zookeeper',
    text: 'How long a server may take to connect to its leader and get its data.',
    change: 'rolling',
    unit: 'ticks',
    old: 'none: it must be given',
    reason: 'an ensemble does not start without it',
  }),
  syncLimit: option(integer(1, 100_000).default(5), {
    program: 'zookeeper',
    text: 'How far a server may fall behind its leader before it is dropped.',
    change: 'rolling',
    unit: 'ticks',
    old: 'none: it must be given',
    reason: 'an ensemble does not start without it',
  }),
  connectToLearnerMasterLimit: cfg(integer(0, 100_000), {
    text: 'How long a server may take to connect to a new leader; as long as initLimit when left out.',
    unit: 'ticks',
    since: '3.7.0',
  }),
  clientPortAddress: cfg(
    ours('ZooKeeper serves its clients on the address that the server list has for the machine'),
    {
      text: 'The address that clients connect to.',
      since: '3.3.0',
    },
  ),
  clientPortListenBacklog: cfg(integer(-1, 65535), {
    text: 'How many connections may wait to be accepted; -1 leaves it to Java, which takes 50.',
    since: '3.4.14',
    programDefault: -1,
  }),
  secureClientPort: cfg(port, {
    text: 'Port for clients that speak TLS; it needs serverCnxnFactory to be the one of Netty.',
    local: true,
  }),
  secureClientPortAddress: cfg(address, {
    text: 'The address that TLS clients connect to; every address of the machine when left out.',
    local: true,
  }),
  'client.portUnification': jvm('zookeeper.client.portUnification', yes, {
    text: 'The port for clients takes TLS too.',
    programDefault: false,
  }),
  observerMasterPort: cfg(port, {
    text: 'Port on which followers serve observers too, not the leader alone.',
    since: '3.6.0',
  }),
  minSessionTimeout: cfg(integer(1, 2_147_483_647), {
    text: 'The shortest session that a client may ask for; two ticks when left out.',
    unit: 'milliseconds',
    since: '3.3.0',
  }),
  maxSessionTimeout: cfg(integer(1, 2_147_483_647), {
    text: 'The longest session that a client may ask for; 20 ticks when left out.',
    unit: 'milliseconds',
    since: '3.3.0',
  }),
  localSessionsEnabled: cfg(yes, {
    text: 'Sessions are known to the server of the client alone, which makes them cheap.',
    since: '3.5.0',
    programDefault: false,
  }),
  localSessionsUpgradingEnabled: cfg(yes, {
    text: 'A local session becomes a global one when the client needs that, for an ephemeral node say.',
    since: '3.5.0',
    programDefault: false,
  }),
}
