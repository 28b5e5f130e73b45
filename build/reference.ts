import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type About, aboutOption } from '../src/config/option/about.ts'
import { type Option, optionsIn } from '../src/config/option/walk.ts'
import { documentSchema } from '../src/config/schema.ts'
import { root } from './compile.ts'

/** Where the reference stands. `bun build/reference.ts` writes it anew. */
const file = join(root, 'docs/configuration.md')

const head = `# Configuration

<!-- Written by \`npm run docs\` from the schema; a test says whether it is current. -->

One document says what the whole cluster should be; [architecture.md](architecture.md) tells how it gets to the machines.
Everything has a default: an empty document is a whole cluster. \`meshbox config explain OPTION\` shows what stands here,
\`meshbox config schema > cluster.schema.json\` makes an editor complete and check the options.

    meshbox config set dns.ttl=30 dns.refreshSeconds=15 -m moving
    meshbox config show --node b --origin

## Layers

The later lies over the earlier: defaults, the top level, \`roles.worker\` and \`roles.controller\`, each of \`selectors\`
that matches the machine in the order of the document, \`nodes.NAME\`. Mappings are merged, everything else is replaced.

\`\`\`yaml
dns: { ttl: 30 }
roles:
  controller: { dns: { transferTo: [10.0.0.0/8] } }
selectors:
  - match: { memory: ">=64GB", os: debian }
    mesos: { agent: { attributes: "size:large" } }
nodes:
  b: { mesos: { agent: { attributes: "rack:r1" } } }
\`\`\`

Only options that may differ between machines (*local* below) may stand in a layer; those of ZooKeeper, mesos-master and
Marathon also in \`roles.controller\`, those of mesos-agent also in \`roles.worker\`, since these run nowhere else.

## Rules

A document is refused as a whole, with every fault at its path: a value of the wrong type or outside of its range, an unknown
name (with the nearest one, or what it is called today), an option of a layer in which machines may not differ, and what
several options break together:

- what has an option of its own does not stand under \`extraFlags\` or \`extraParameters\`;
- the ports of a machine are distinct;
- where \`packages.<program>.version\` says which version is installed, no option is set that this version does not have; where it
  only has an older name for one (\`slave_ping_timeout\` before Mesos 1.0), the program gets that;
- \`mesos.master.quorum\` is a majority of the declared controllers; left out, it follows from their number;
- \`mesos.master.weights\` are for roles in \`mesos.master.roles\`, where that is set;
- \`mesos.master.agent_reregister_timeout\` is ten minutes or more;
- whoever asks for credentials (\`authenticate_…\`, \`marathon.mesos_authentication\`) has some;
- ZooKeeper's sessions, TLS and schemes of authentication hold together.

A \`dns.ttl\` below \`dns.refreshSeconds\` is taken with a warning: where the master tells no changes it only means more
queries.

## Files and secrets

What a program wants as a file (*File* below) is written down as the content itself, as a mapping or as text, and reaches the
program as a file of mode 0600; a path is passed on as it is. Marathon's secrets go through its environment, those of ZooKeeper
through its zoo.cfg: none is on a command line.

## What a change costs

| class | what happens |
| --- | --- |
| live | it counts at once |
| reload | the program reads it again |
| restart | the program starts anew, on some machines at a time; without a program, the agent of meshbox has to |
| rolling | one machine after the other starts the program anew |
| immutable | it cannot be changed once the cluster is born |
`

/** The whole reference, from the options that there are. */
export function reference(options = optionsIn(documentSchema)): string {
  const all = options.map((option) => ({ option, about: aboutOption(option) }))
  const sections = Map.groupBy(all, ({ option }) => sectionOf(option))
  return [
    head,
    `## Other defaults\n\nWhere meshbox does not leave it at what the program takes.\n\n${table(
      ['option', 'program', 'meshbox', 'why'],
      all
        .filter(({ about }) => about.reason !== undefined)
        .map(({ about }) => [
          code(about.option),
          shown(about.old),
          isOurs(about) ? 'its own' : shown(about.default),
          about.reason ?? '',
        ]),
    )}`,
    ...[...sections].map(
      ([section, rows]) =>
        `## ${section || 'The top level'}\n\n${table(
          ['option', 'takes', 'default', 'what it is'],
          rows.map(({ option, about }) => [
            code(option.path.slice(section === '' ? 0 : section.split('.').length).join('.')),
            takes(about),
            isOurs(about) ? '' : shown(about.default ?? about.programDefault),
            [about.text, facts(about)].filter((each) => each !== '').join(' '),
          ]),
        )}`,
    ),
  ]
    .map((part) => part.trim())
    .join('\n\n')
    .concat('\n')
}

function sectionOf({ path }: Option): string {
  return path.slice(0, -1).join('.')
}

function takes({ type, takes: words, unit }: About): string {
  const of = unit === undefined ? '' : `, ${unit}`
  return isOurs({ type }) ? 'nothing' : `${words}${of}`
}

function isOurs({ type }: Pick<About, 'type'>): boolean {
  return type === 'set by meshbox'
}

/** What is not told by the other columns. */
function facts(about: About): string {
  const ownName = about.option.split('.').at(-1)
  const flag = about.becomes?.replace(/^--|=$/g, '')
  return [
    isOurs(about) ? `Not to be set: ${about.takes}.` : '',
    about.becomes !== undefined && flag !== ownName && !about.option.endsWith(flag ?? '')
      ? `Becomes ${code(about.becomes)}.`
      : '',
    about.since ? `Since ${about.since}.` : '',
    about.until ? `Until ${about.until}.` : '',
    about.secret ? '*Secret.*' : '',
    about.file ? '*File.*' : '',
    isOurs(about)
      ? ''
      : `*${about.change}${about.local ? ', local' : ''}${about.why ? `: ${about.why}` : ''}*`,
  ]
    .filter((each) => each !== '')
    .join(' ')
}

function shown(value: unknown): string {
  if (value === undefined || value === '') return ''
  return typeof value === 'string' && value.includes(' ')
    ? value
    : code(typeof value === 'string' ? value : JSON.stringify(value))
}

function code(text: string): string {
  return `\`${text}\``
}

function table(titles: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}

if (import.meta.main) writeFileSync(file, reference())
