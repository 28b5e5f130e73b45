import type { Command, Flag } from './command.ts'
import { dataDir, json } from './flags.ts'

const message: Flag = { name: 'message', short: 'm', value: 'WHY', help: 'why, for the history' }
const node: Flag = { name: 'node', value: 'NAME', help: 'for the machine NAME alone', completes: 'nodes' }
const role: Flag = {
  name: 'role',
  value: 'ROLE',
  help: 'for the machines of a role: worker or controller',
  completes: 'roles',
}

/** Everything about the shared document. */
export const configCommand: Command = {
  name: 'config',
  summary: 'read and change the shared document',
  details:
    'Any machine may change it, and all follow within a second. What starts programs anew by it goes from machine to machine: ' +
    '`meshbox plan` shows it beforehand, `meshbox rollout status` how far it is.',
  subcommands: [
    {
      name: 'show',
      summary: 'print the document, or what it says for a machine',
      flags: [
        { name: 'effective', help: 'what it says for this machine, with all defaults filled in' },
        { name: 'node', value: 'NAME', help: 'what it says for the machine NAME', completes: 'nodes' },
        { name: 'origin', help: 'each value, and where it was written' },
        { name: 'version', value: 'N', help: 'as it was in version N', completes: 'versions' },
        dataDir,
        json,
      ],
      examples: [
        'meshbox config show',
        'meshbox config show --node b --origin',
        'meshbox config show --version 3',
      ],
      load: async () => (await import('./command/config/show.ts')).show,
    },
    {
      name: 'get',
      summary: 'print the value of an option, or of all below it',
      args: [{ name: 'option', help: 'such as dns.ttl, or dns', many: true, completes: 'options' }],
      flags: [{ ...node, help: 'as the machine NAME has it' }, dataDir, json],
      examples: ['meshbox config get dns.ttl', 'meshbox config get zookeeper --node b'],
      load: async () => (await import('./command/config/show.ts')).get,
    },
    {
      name: 'set',
      summary: 'change options; comments in the document stay',
      details:
        'Values are written as in YAML, lists with commas. All of them are written together or not at all. Where somebody else writes at the same moment, both changes are kept when they are of different options.',
      args: [
        {
          name: 'option=value',
          help: 'such as dns.ttl=30, or dns_ttl=30 as in the charm',
          many: true,
          completes: 'assignments',
        },
      ],
      flags: [node, role, message, dataDir, json],
      examples: [
        'meshbox config set dns.ttl=30 dns.refreshSeconds=15 -m moving',
        'meshbox config set --node b mesos.agent.attributes=rack:r1',
      ],
      load: async () => (await import('./command/config/set.ts')).set,
    },
    {
      name: 'unset',
      summary: 'take options out again',
      args: [{ name: 'option', help: 'such as dns.ttl', many: true, completes: 'options' }],
      flags: [node, role, message, dataDir, json],
      examples: ['meshbox config unset dns.ttl', 'meshbox config unset --role worker dns.port'],
      load: async () => (await import('./command/config/set.ts')).unset,
    },
    {
      name: 'explain',
      summary: 'tell what an option is and does',
      details:
        'Its type, its default, what a change of it costs. Without an option it lists all of them. The names of the Juju charm are known as well.',
      args: [
        {
          name: 'option',
          help: 'such as zookeeper.tickTime, dns, or quorum',
          optional: true,
          completes: 'options',
        },
      ],
      flags: [json],
      examples: ['meshbox config explain zookeeper.tickTime', 'meshbox config explain dns'],
      load: async () => (await import('./command/config/explain.ts')).explain,
    },
    {
      name: 'schema',
      summary: 'print the JSON Schema of the document, for editors',
      examples: ['meshbox config schema > cluster.schema.json'],
      load: async () => (await import('./command/config/explain.ts')).schema,
    },
    {
      name: 'edit',
      summary: 'change the document in $VISUAL or $EDITOR',
      flags: [message, dataDir, json],
      details: 'A text that is not valid is opened again, with the fault on top.',
      examples: ['meshbox config edit -m moving'],
      load: async () => (await import('./command/config/edit.ts')).edit,
    },
    {
      name: 'diff',
      summary: 'what a file would change, or what has changed',
      details: 'Without a file and a version: what the last write has changed.',
      args: [{ name: 'file', help: 'YAML or JSON; - is standard input', optional: true }],
      flags: [
        { name: 'version', value: 'N', help: 'compare with version N', completes: 'versions' },
        { name: 'exit-code', help: 'end with 4 when something differs' },
        dataDir,
        json,
      ],
      examples: ['meshbox config diff cluster.yaml', 'meshbox config diff --version 3'],
      load: async () => (await import('./command/config/file.ts')).diff,
    },
    {
      name: 'apply',
      summary: 'replace the document by a file',
      details:
        'With --version, what others have written since that version stays, or is told as a conflict. Without it the file replaces ' +
        'whatever is there.',
      args: [{ name: 'file', help: 'YAML or JSON; - is standard input' }],
      flags: [
        {
          name: 'version',
          value: 'N',
          help: 'the version that the file was made from',
          completes: 'versions',
        },
        message,
        dataDir,
        json,
      ],
      examples: [
        'meshbox config apply cluster.yaml -m reviewed',
        'meshbox config apply cluster.yaml --version 3',
      ],
      load: async () => (await import('./command/config/file.ts')).apply,
    },
    {
      name: 'validate',
      summary: 'check a file without writing it anywhere',
      args: [{ name: 'file', help: 'YAML or JSON; - is standard input' }],
      flags: [json],
      examples: ['meshbox config validate cluster.yaml'],
      load: async () => (await import('./command/config/file.ts')).validate,
    },
    {
      name: 'import',
      summary: 'take over the settings of another tool',
      details:
        "Known are the Juju charm (`juju get`, config.yaml), Mesosphere's files under /etc, zoo.cfg, Mesos-DNS's config.json, and the URL of a running master. What was taken, mended and left out is told.",
      args: [{ name: 'source', help: 'a file, a folder such as /etc, or a URL', many: true }],
      flags: [
        node,
        role,
        { name: 'dry-run', help: 'only print what it comes to, as a document' },
        message,
        dataDir,
        json,
      ],
      examples: [
        'meshbox config import charm.yaml --dry-run',
        'meshbox config import /etc',
        'meshbox config import http://10.0.0.1:5050/flags --dry-run',
      ],
      load: async () => (await import('./command/config/import.ts')).importInto,
    },
    {
      name: 'export',
      summary: 'write what is set in the format of another tool',
      flags: [
        { name: 'format', value: 'FORMAT', help: 'mesosphere or mesos-dns', completes: 'formats' },
        { name: 'output', value: 'PATH', help: 'the folder, or the file, to write to' },
        { name: 'node', value: 'NAME', help: 'as the machine NAME has it', completes: 'nodes' },
        dataDir,
        json,
      ],
      examples: [
        'meshbox config export --format mesosphere --output /tmp/etc',
        'meshbox config export --format mesos-dns',
      ],
      load: async () => (await import('./command/config/export.ts')).exportFrom,
    },
    {
      name: 'history',
      summary: 'the last versions: who wrote them, when, how and why',
      flags: [dataDir, json],
      examples: ['meshbox config history'],
      load: async () => (await import('./command/config/history.ts')).history,
    },
    {
      name: 'rollback',
      summary: 'bring back a version, as a new one',
      details:
        'The whole document as it was then. What that starts anew goes from machine to machine, like any change.',
      args: [{ name: 'version', help: 'a number of `meshbox config history`', completes: 'versions' }],
      flags: [message, dataDir, json],
      examples: ['meshbox config rollback 3 -m slow'],
      load: async () => (await import('./command/config/history.ts')).rollback,
    },
  ],
}
