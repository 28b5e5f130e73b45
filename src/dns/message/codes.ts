/** Numbers of the DNS protocol (IANA registries). */
export const rcode = {
  noError: 0,
  formErr: 1,
  servFail: 2,
  nxDomain: 3,
  notImp: 4,
  refused: 5,
  notAuth: 9,
  badVers: 16,
} as const

export const rrType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  DS: 43,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const

export const opcode = { query: 0, notify: 4 } as const

export const classIn = 1

/** Bits of the second 16-bit word of the header. */
export const flag = {
  qr: 0x8000,
  aa: 0x0400,
  tc: 0x0200,
  rd: 0x0100,
  ra: 0x0080,
  ad: 0x0020,
  cd: 0x0010,
} as const

/** Extended DNS errors (RFC 8914). */
export const extendedError = {
  stale: 3,
  notReady: 14,
  prohibited: 18,
  noReachableAuthority: 22,
  networkError: 23,
} as const

export const headerBytes = 12
/** Without EDNS no UDP answer may be longer (RFC 1035). */
export const plainUdpBytes = 512
/** What we send and take over UDP at most with EDNS: fits any path unfragmented. */
export const ednsUdpBytes = 1232
export const tcpBytes = 65_535
