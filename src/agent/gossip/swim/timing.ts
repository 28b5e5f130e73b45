/** memberlist's timers and multipliers, with its names in the comments. Milliseconds. */
export type Timing = {
  /** One member is probed per interval (ProbeInterval); answers by UDP are awaited this long (ProbeTimeout). */
  probeMs: number
  probeTimeoutMs: number
  /** Members asked to probe for us (IndirectChecks). */
  indirectChecks: number
  /** Intervals that a suspicion lasts at least, times log10 of the members (SuspicionMult, …MaxTimeoutMult). */
  suspicionMultiplier: number
  suspicionMaxMultiplier: number
  /** Times that a message is passed on, times log10 of the members (RetransmitMult). */
  retransmitMultiplier: number
  /** How often and to how many the news go (GossipInterval, GossipNodes). */
  gossipMs: number
  gossipNodes: number
  /** The dead hear the news this long, so that they can object (GossipToTheDeadTime). */
  gossipToTheDeadMs: number
  /** Full exchange with one member (PushPullInterval); rarer in large meshes. */
  pushPullMs: number
  /** For a stream as a whole (TCPTimeout). */
  streamTimeoutMs: number
  /** A dead member's name may be taken by another address after this (DeadNodeReclaimTime). */
  deadReclaimMs: number
  /** How often one of the failed is tried again (serf's ReconnectInterval). */
  reconnectMs: number
  /** What a leaving member waits: until its word has gone out, then until it is known (serf's BroadcastTimeout, LeavePropagateDelay). */
  broadcastTimeoutMs: number
  leavePropagateMs: number
}

const lan: Timing = {
  probeMs: 1000,
  probeTimeoutMs: 500,
  indirectChecks: 3,
  suspicionMultiplier: 4,
  suspicionMaxMultiplier: 6,
  retransmitMultiplier: 4,
  gossipMs: 200,
  gossipNodes: 3,
  gossipToTheDeadMs: 30_000,
  pushPullMs: 30_000,
  streamTimeoutMs: 10_000,
  deadReclaimMs: 30_000,
  reconnectMs: 30_000,
  broadcastTimeoutMs: 5000,
  leavePropagateMs: 1000,
}

/**
 * For networks of one site, and for loopback. memberlist's own profile for loopback tells news half as often; some then
 * arrive with the next full exchange only.
 */
export const timings = {
  lan,
  local: {
    ...lan,
    probeTimeoutMs: 200,
    indirectChecks: 1,
    suspicionMultiplier: 3,
    gossipMs: 100,
    gossipToTheDeadMs: 15_000,
    pushPullMs: 15_000,
    streamTimeoutMs: 1000,
    reconnectMs: 5000,
    broadcastTimeoutMs: 2000,
    leavePropagateMs: 500,
  },
} satisfies Record<string, Timing>

/** Our own health goes from 0 (good) to one below this (AwarenessMaxMultiplier). */
const healthSteps = 8
/** From so many members on, each doubling makes full exchanges rarer by one interval. */
const pushPullScaleFrom = 32

export const worstHealth = healthSteps - 1

/** @param members of which we know, the dead ones included */
export function retransmitLimit({ retransmitMultiplier }: Timing, members: number): number {
  return retransmitMultiplier * Math.ceil(Math.log10(members + 1))
}

export function pushPullInterval({ pushPullMs }: Timing, members: number): number {
  if (members <= pushPullScaleFrom) return pushPullMs
  return pushPullMs * (Math.ceil(Math.log2(members) - Math.log2(pushPullScaleFrom)) + 1)
}

/** Between two full exchanges of a mesh in which all agree: each costs more the more members there are, all together not. */
export function fullInterval({ pushPullMs }: Timing, members: number): number {
  return pushPullMs * Math.max(1, members / pushPullScaleFrom)
}

/** The shortest time of a suspicion, which it has when enough others confirm it. */
export function shortestSuspicion({ suspicionMultiplier, probeMs }: Timing, members: number): number {
  return suspicionMultiplier * Math.max(1, Math.log10(Math.max(1, members))) * probeMs
}

/** Confirmations that make a suspicion as short as it gets; none are expected when there are too few to give them. */
export function wantedConfirmations({ suspicionMultiplier }: Timing, members: number): number {
  const wanted = suspicionMultiplier - 2
  return members - 2 < wanted ? 0 : wanted
}
