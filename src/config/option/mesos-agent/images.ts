import { duration } from '../kind/duration.ts'
import { fileValue } from '../kind/file-value.ts'
import { list } from '../kind/list.ts'
import { ratio } from '../kind/number.ts'
import { size } from '../kind/size.ts'
import { choice, path, text, yes } from '../kind/text.ts'
import { structure, symbol } from '../mesos/kinds.ts'
import { flagsOf } from '../mesos/row.ts'

const flag = flagsOf('mesos-agent')

/** Docker, images, downloads, and what is done with what tasks leave behind. */
export const imageOptions = {
  docker: flag(text, {
    since: '0.20.0',
    text: 'The command line client of Docker.',
    programDefault: 'docker',
    local: true,
  }),
  docker_socket: flag(text, {
    since: '0.23.0',
    text: 'Where the Docker engine listens; where docker.install put it.',
    programDefault: '/var/run/docker.sock',
    local: true,
  }),
  docker_config: flag(fileValue(structure({ auths: { 'https://registry.example': { auth: 'xXxX' } } })), {
    since: '1.0.0',
    text: "Docker's own config.json, with what registries want to know.",
    secret: true,
    file: true,
    local: true,
  }),
  docker_registry: flag(text, {
    since: '0.26.0',
    text: "Where Mesos's own containers get images: a registry, or a folder of saved ones.",
    programDefault: 'https://registry-1.docker.io',
    local: true,
  }),
  docker_mesos_image: flag(symbol, {
    since: '0.23.0',
    text: 'The image that the agent itself runs from; executors then get containers of their own.',
    local: true,
  }),
  docker_kill_orphans: flag(yes, {
    since: '0.23.0',
    text: 'Containers of tasks that nobody knows any more are killed; not with several agents on a machine.',
    programDefault: true,
    local: true,
  }),
  docker_remove_delay: flag(duration, {
    since: '0.21.0',
    text: 'For how long containers that have ended are kept.',
    programDefault: '6hrs',
    local: true,
  }),
  docker_stop_timeout: flag(duration, {
    since: '0.22.0',
    text: 'How long a container may take to stop before it is killed. Deprecated: frameworks have kill policies.',
    programDefault: '0ns',
    local: true,
  }),
  docker_store_dir: flag(path, {
    since: '0.26.0',
    text: "The folder of images for Mesos's own containers.",
    programDefault: '/tmp/mesos/store/docker',
    local: true,
  }),
  docker_volume_checkpoint_dir: flag(path, {
    since: '1.0.0',
    text: 'The folder in which it is remembered which container has which volumes.',
    programDefault: '/var/run/mesos/isolators/docker/volume',
    local: true,
  }),
  docker_volume_chown: flag(yes, {
    since: '1.9.0',
    text: "A volume's folder is given to the user of its container.",
    programDefault: false,
    local: true,
  }),
  docker_ignore_runtime: flag(yes, {
    since: '1.9.0',
    text: 'What an image says of its command, environment and folder does not count.',
    programDefault: false,
    local: true,
  }),
  image_providers: flag(list(choice('APPC', 'DOCKER')), {
    since: '0.25.0',
    text: "The kinds of images for Mesos's own containers.",
    local: true,
  }),
  image_provisioner_backend: flag(choice('aufs', 'bind', 'copy', 'overlay'), {
    since: '0.25.0',
    text: 'How a root file system is made of an image.',
    local: true,
  }),
  image_gc_config: flag(fileValue(structure({ image_disk_headroom: 0.1, excluded_images: [] })), {
    since: '1.5.0',
    text: 'When images that nobody uses are removed; never when left out.',
    file: true,
    local: true,
  }),
  appc_store_dir: flag(path, {
    since: '0.24.0',
    text: 'The folder of appc images.',
    programDefault: '/tmp/mesos/store/appc',
    local: true,
  }),
  appc_simple_discovery_uri_prefix: flag(text, {
    since: '0.28.0',
    text: 'What the address of an appc image begins with.',
    programDefault: 'http://',
    local: true,
  }),
  fetcher_cache_dir: flag(path, {
    since: '0.23.0',
    text: 'The folder of downloads that several tasks want; it is emptied at each start.',
    programDefault: '/tmp/mesos/fetch',
    local: true,
  }),
  fetcher_cache_size: flag(size, {
    since: '0.23.0',
    text: 'How much may be in it.',
    programDefault: '2GB',
    local: true,
  }),
  fetcher_stall_timeout: flag(duration, {
    since: '1.6.0',
    text: 'A download that stands still for so long is given up.',
    programDefault: '1mins',
    local: true,
  }),
  hadoop_home: flag(path, {
    text: 'Where Hadoop is, for downloads from HDFS; looked for when left out.',
    local: true,
  }),
  gc_delay: flag(duration, {
    since: '0.11.0',
    text: 'For how long sandboxes of tasks that have ended are kept; shorter when the disk fills up.',
    programDefault: '1weeks',
    local: true,
  }),
  gc_disk_headroom: flag(ratio, {
    since: '0.22.0',
    text: 'Which part of the disk is kept free by removing sandboxes sooner.',
    programDefault: 0.1,
    local: true,
  }),
  gc_non_executor_container_sandboxes: flag(yes, {
    since: '1.7.0',
    text: 'Sandboxes of containers inside others are removed by themselves too.',
    programDefault: false,
    local: true,
  }),
  disk_watch_interval: flag(duration, {
    since: '0.11.0',
    text: 'How often it is looked how full the disk is.',
    programDefault: '1mins',
    local: true,
  }),
  container_disk_watch_interval: flag(duration, {
    since: '0.22.0',
    text: 'How often it is looked how much disk each container takes, with the isolators disk/du and disk/xfs.',
    programDefault: '15secs',
    local: true,
  }),
  enforce_container_disk_quota: flag(yes, {
    since: '0.22.0',
    text: 'A container that takes more disk than it has asked for is killed.',
    programDefault: false,
    local: true,
  }),
} as const
