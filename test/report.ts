import { existsSync, readFileSync } from 'node:fs'

/** What one run of tests came to. */
export type Count = { passed: number; failed: number; skipped: number; failures: string[] }

const plain: Record<string, string> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' }
const unquote = (text: string) => text.replace(/&(\w+);/g, (whole, name: string) => plain[name] ?? whole)

/**
 * Reads Bun's JUnit report. A file of tests that is not in it could not be loaded, or ended the whole run: it counts as
 * one failure, however the run ended.
 */
export function readReport(path: string, testFiles: string[]): Count {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const head = /<testsuites[^>]*>/.exec(text)?.[0] ?? ''
  const number = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(head)?.[1] ?? 0)
  const reported = new Set([...text.matchAll(/<testsuite [^>]*?\bfile="([^"]*)"/g)].map(([, file]) => file))
  const lost = testFiles.filter((file) => !reported.has(file)).map((file) => `${file} did not run`)
  const failures = [
    ...text.matchAll(/<testcase name="([^"]*)" classname="([^"]*)"[^>]*>\s*<(?:failure|error)/g),
  ].map(([, name = '', group = '']) => unquote(group === '' ? name : `${group} > ${name}`))
  const failed = number('failures') + number('errors')
  return {
    passed: number('tests') - failed - number('skipped'),
    failed: failed + lost.length,
    skipped: number('skipped'),
    failures: [...failures, ...lost],
  }
}
