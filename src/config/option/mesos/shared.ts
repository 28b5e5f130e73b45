import { acls } from '../kind/acls.ts'
import { address } from '../kind/address.ts'
import { duration } from '../kind/duration.ts'
import { fileValue } from '../kind/file-value.ts'
import { list } from '../kind/list.ts'
import { integer, port } from '../kind/number.ts'
import { ours } from '../kind/ours.ts'
import { choice, path, text, yes } from '../kind/text.ts'
import { option } from '../option.ts'
import { faultDomain, modules, structure, symbol } from './kinds.ts'
import { changeOf, flagsOf, type MesosProgram } from './row.ts'

/** Flags that mesos-master and mesos-agent have alike: where they listen and what they are called. */
export function networkFlags(program: MesosProgram) {
  const flag = flagsOf(program)
  return {
    ip: flag(address, {
      text: 'The address to listen on; the one that gossip has for the machine when left out.',
      local: true,
    }),
    ip_discovery_command: flag(ours('Mesos takes either --ip or this, and meshbox gives --ip'), {
      since: '0.24.0',
      text: 'A program that prints the address to listen on.',
    }),
    hostname: flag(text, {
      text: 'The name or address that others are told; the address of the machine when left out.',
      local: true,
    }),
    hostname_lookup: option(yes.default(false), {
      program,
      since: '0.25.0',
      text: 'Without a hostname: DNS is asked for one.',
      change: changeOf[program],
      programDefault: true,
      old: true,
      reason:
        'the address always works, while a name that DNS does not know costs time and is of use to nobody',
    }),
    advertise_ip: flag(address, {
      text: 'The address that others are told, where it is not the one that is listened on: behind NAT, say.',
      local: true,
    }),
    advertise_port: flag(port, {
      text: 'The port that others are told, with advertise_ip.',
      local: true,
    }),
    domain: flag(faultDomain, {
      since: '1.4.0',
      text: 'The region and the zone that the machine is in. All masters must be in one region.',
      local: true,
    }),
    zk_session_timeout: flag(duration, {
      text: 'How long a silent session in ZooKeeper lasts.',
      programDefault: '10secs',
    }),
  } as const
}

/** Who may ask for what, where both have the same. */
export function accessFlags(program: MesosProgram) {
  const flag = flagsOf(program)
  return {
    acls: flag(fileValue(acls), {
      text: 'Which principals may do what; everybody may do everything without them.',
      file: true,
    }),
    authenticate_http_readonly: flag(yes, {
      since: '1.0.0',
      text: 'Reading over HTTP needs a principal and a secret; meshbox itself then needs them too.',
      programDefault: false,
    }),
    authenticate_http_readwrite: flag(yes, {
      since: '1.0.0',
      text: 'Changes over HTTP need a principal and a secret.',
      programDefault: false,
      ...(program === 'mesos-master' ? { before: ['authenticate_http'] } : {}),
    }),
    firewall_rules: flag(fileValue(structure({ disabled_endpoints: { paths: ['/files/browse'] } })), {
      since: '0.23.0',
      text: 'Paths of the HTTP API that are not served.',
      file: true,
    }),
  } as const
}

/** Logs, modules, and what only prints something and ends. */
export function processFlags(program: MesosProgram) {
  const flag = flagsOf(program)
  return {
    log_dir: flag(path, {
      text: 'A folder for logs of its own, which the page of Mesos shows; `meshbox logs` has what goes to stderr.',
      local: true,
    }),
    logbufsecs: flag(integer(0, 86_400), {
      text: 'How long lines may wait before they are written to log_dir.',
      unit: 'seconds',
      programDefault: 0,
    }),
    logging_level: flag(choice('INFO', 'WARNING', 'ERROR'), {
      since: '0.19.0',
      text: 'What is below that level is not logged.',
      programDefault: 'INFO',
    }),
    quiet: flag(yes, {
      text: 'Nothing is logged to stderr; then `meshbox logs` has nothing to show.',
      programDefault: false,
    }),
    external_log_file: flag(path, {
      since: '0.22.0',
      text: 'A log that somebody else writes, for the page of Mesos to show.',
      local: true,
    }),
    initialize_driver_logging: flag(yes, {
      since: '0.20.0',
      text: 'Schedulers and executors that use the old library log as the program itself does.',
      programDefault: true,
    }),
    memory_profiling: flag(yes, {
      since: '1.6.0',
      text: 'Memory can be profiled over HTTP, where jemalloc is loaded.',
      programDefault: false,
    }),
    modules: flag(fileValue(modules), {
      since: '0.21.0',
      text: 'Libraries to load, and the modules in them.',
      file: true,
    }),
    modules_dir: flag(path, {
      since: '1.0.0',
      text: 'A folder of such lists, in the place of modules.',
      local: true,
    }),
    hooks: flag(list(symbol), { since: '0.22.0', text: 'Modules whose hooks are called.' }),
    master_detector: flag(ours('it cannot be used with the ZooKeeper URL, which meshbox gives'), {
      since: '1.0.0',
      text: 'A module that finds the leading master in another way than ZooKeeper.',
    }),
    help: flag(ours('it prints and ends'), { text: 'Prints what flags there are.', programDefault: false }),
    version: flag(ours('it prints and ends'), {
      since: '0.19.0',
      text: 'Prints the version.',
      programDefault: false,
    }),
  } as const
}
