/** What memberlist allows on the wire; the receiver's memory is bounded by these. */
export const limits = {
  /** Bytes of a datagram with everything around it. */
  packet: 1400,
  /** Bytes of a member's metadata. */
  meta: 512,
  /** Bytes of a push/pull, encrypted or not. */
  pushPull: 20 * 1024 * 1024,
  /** Members in a push/pull; memberlist allows eight times as many, none of ours comes near. */
  members: 128 * 1024,
  /** Bytes of a user message on a stream. */
  userMessage: 20 * 1024 * 1024,
  /** Bytes that one stream's message may become when decompressed. */
  decompressedStream: 40 * 1024 * 1024,
  /** The same for all parts of one datagram: far over what a datagram of honest peers becomes. */
  decompressedPacket: 256 * 1024,
  /** Times that bytes may grow when decompressed: states of members grow ten times, bombs a thousand. */
  growth: 64,
  /** Compound in compress in compound: honest peers nest two deep. */
  nesting: 4,
  label: 255,
  compoundParts: 255,
  /** serf keeps as many moments of user events, and events in each. */
  serfEvents: 4096,
  serfFilters: 1024,
  serfKeys: 1024,
} as const
