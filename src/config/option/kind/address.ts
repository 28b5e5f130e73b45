import { isIP } from 'node:net'
import { z } from 'zod'
import { kind } from './kind.ts'
import { list } from './list.ts'

const error = 'must be an IP address, such as 10.0.0.1 or 2001:db8::1'

/** An IPv4 or IPv6 address. */
export const address = kind(
  z.string({ error }).refine((text) => isIP(text) !== 0 && !text.includes('%'), { error }),
  {
    name: 'address',
    text: 'an IPv4 or IPv6 address',
    good: ['10.0.0.1', '0.0.0.0', '::1', '2001:db8::1'],
    bad: ['10.0.0', '10.0.0.256', 'localhost', '10.0.0.1:80', 5],
  },
)

/** Several of them, also as a text with commas. @example option(addressList.optional(), { … }) */
export const addressList = list(address)
