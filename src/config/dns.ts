import { z } from 'zod'

const port = z.int().min(1).max(65535)

/** The resolver's part of the document; names follow Mesos-DNS's, in camel case. */
export const dnsSchema = z.strictObject({
  domain: z.string().default('mesos'),
  listener: z.string().default('0.0.0.0'),
  port: port.default(53),
  httpListener: z.string().default('0.0.0.0'),
  httpPort: port.default(8123),
  ttl: z.int().min(0).max(2147483647).default(60),
  refreshSeconds: z.int().min(1).default(60),
})

export type DnsConfig = z.output<typeof dnsSchema>
