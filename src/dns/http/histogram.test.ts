import { expect, test } from 'bun:test'
import { observe, openCounters } from '../counters.ts'
import { histogramText } from './histogram.ts'

test('each bucket counts what is in those before it, and the last one everything', () => {
  const { latency } = openCounters()
  for (const ms of [0.01, 0.05, 0.3, 4000]) observe(latency.zone, ms)
  const lines = histogramText('x_seconds', 'X.', 'source', { zone: latency.zone }).split('\n')
  expect(lines.slice(0, 2)).toEqual(['# HELP x_seconds X.', '# TYPE x_seconds histogram'])
  expect(lines).toContain('x_seconds_bucket{source="zone",le="0.00005"} 2')
  expect(lines).toContain('x_seconds_bucket{source="zone",le="0.0005"} 3')
  expect(lines).toContain('x_seconds_bucket{source="zone",le="2.5"} 3')
  expect(lines).toContain('x_seconds_bucket{source="zone",le="+Inf"} 4')
  expect(lines).toContain('x_seconds_count{source="zone"} 4')
  expect(lines.find((line) => line.startsWith('x_seconds_sum'))).toStartWith(
    'x_seconds_sum{source="zone"} 4.00',
  )
})
