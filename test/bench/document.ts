import { parse } from 'yaml'
import { effectiveConfig } from '../../src/config/document/effective.ts'
import { documentJsonSchema } from '../../src/config/document/json-schema.ts'
import { parseDocumentText } from '../../src/config/document/parse.ts'

/**
 * How long a document with overrides for many nodes takes to validate, and to turn into the configuration of each.
 * Prints Markdown. `bun test/bench/document.ts [nodes]`
 */
const nodes = Number(process.argv[2] ?? 1000)
const rounds = 15

const text = JSON.stringify({
  dns: { ttl: 90 },
  zookeeper: { maxClientCnxns: 200 },
  nodes: Object.fromEntries(
    Array.from({ length: nodes }, (_, i) => [
      `node-${i}`,
      { mesos: { agent: { attributes: `rack:r${i}` } }, dns: { ttl: 90 + i } },
    ]),
  ),
})

function medianMs(work: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now()
    work()
    return performance.now() - start
  })
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0
}

const document = parseDocumentText(text, 'the benchmark')
const yaml = medianMs(() => parse(text))
const whole = medianMs(() => parseDocumentText(text, 'the benchmark'))
const each = medianMs(() => {
  for (let i = 0; i < nodes; i++) effectiveConfig(document, { name: `node-${i}`, roles: ['worker'] })
})
const rows: [string, number][] = [
  ['YAML alone', yaml],
  ['YAML, every layer and rule', whole],
  ['layers and rules alone', whole - yaml],
  [`effective configuration of all ${nodes} machines, one by one`, each],
  ['JSON Schema of the document', medianMs(() => documentJsonSchema())],
]
process.stdout.write(
  [
    `| ${nodes} nodes with overrides, ${Math.round(text.length / 1024)} KiB | ms |`,
    '| --- | --- |',
    ...rows.map(([what, ms]) => `| ${what} | ${ms.toFixed(0)} |`),
    '',
  ].join('\n'),
)
