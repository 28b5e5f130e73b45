import manifest from '../../package.json' with { type: 'json' }

/** `npm run bench`: all that is measured, or the benches that are named, one after the other. */
const prefix = 'bench:'
const known = Object.keys(manifest.scripts)
  .filter((name) => name.startsWith(prefix))
  .map((name) => name.slice(prefix.length))
const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => !known.includes(name))
if (unknown !== undefined) {
  process.stderr.write(`error: there is no bench ${unknown}\nhint: there are ${known.join(', ')}\n`)
  process.exit(2)
}
let failed = 0
for (const name of wanted.length > 0 ? wanted : known) {
  process.stdout.write(`\n## ${name}\n\n`)
  const run = Bun.spawn(['npm', 'run', '--silent', `${prefix}${name}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if ((await run.exited) !== 0) failed++
}
process.exit(failed === 0 ? 0 : 1)
