import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { tokenVariable } from '../../process/running.ts'
import type { ServiceSpec } from '../../service/spec.ts'

/**
 * The program in a container that shares the machine's network and pids, so that the others see it as they would see it
 * without. What is started and watched is a shell script that lives as long as the container does and ends with its exit
 * code. It passes signals on, and holds out while the engine itself is away: with live-restore the container goes on.
 */
export function inContainer(spec: ServiceSpec, image: string): ServiceSpec {
  const { name, argv, env, limits, cwd, logFile } = spec
  const folders = [cwd, dirname(logFile)].map((folder) => `--volume=${folder}:${folder}`)
  const agent = name === 'mesos-agent'
  const options = [
    ...['--network=host', '--pid=host', ...folders],
    ...(agent
      ? ['--privileged', '--volume=/var/run/docker.sock:/var/run/docker.sock', '--volume=/sys:/sys']
      : []),
    // The values come from the environment of the script: a command line can be read by everybody.
    ...[tokenVariable, ...Object.keys(env)].map((variable) => `--env=${variable}`),
    ...(limits.openFiles === undefined ? [] : [`--ulimit=nofile=${limits.openFiles}:${limits.openFiles}`]),
    ...(limits.oomScore === undefined ? [] : [`--oom-score-adj=${limits.oomScore}`]),
    ...(limits.user === undefined ? [] : [`--user=${limits.user}`]),
    ...(limits.memory === undefined ? [] : [`--memory=${limits.memory}m`]),
    ...(limits.cpus === undefined ? [] : [`--cpus=${limits.cpus}`]),
    '--entrypoint=/bin/sh',
  ]
  const inside = ['-c', 'log=$1; shift; exec "$@" >> "$log" 2>&1', 'sh', logFile, ...argv]
  return {
    ...spec,
    argv: ['/bin/sh', '-c', keeper, containerName(spec), ...options, image, ...inside],
    limits: {},
  }
}

/** Two data directories on one machine have containers of their own. */
export function containerName({ name, cwd }: Pick<ServiceSpec, 'name' | 'cwd'>): string {
  return `meshbox-${name}-${createHash('sha256').update(cwd).digest('hex').slice(0, 8)}`
}

/** $0 is the container's name, the rest is for `docker run`. */
const keeper = `name=$0
pass() { docker kill --signal="$1" "$name" > /dev/null 2>&1; }
trap 'pass TERM' TERM
trap 'pass INT' INT
trap 'pass USR1' USR1
docker rm --force "$name" > /dev/null 2>&1
docker run --detach --name "$name" --log-driver=none "$@" > /dev/null || exit
while :; do
  docker wait "$name" > /dev/null 2>&1 &
  wait $!
  kill $! 2> /dev/null
  if state=$(docker container inspect --format '{{.State.Running}} {{.State.ExitCode}}' "$name" 2> /dev/null); then
    case $state in false*) docker rm "$name" > /dev/null 2>&1; exit "\${state#false }" ;; esac
  elif docker version > /dev/null 2>&1; then
    echo "the container $name is gone: somebody has removed it" >&2
    exit 1
  else
    sleep 1 # the engine is away; the container may well go on
  fi
done`
