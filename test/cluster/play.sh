#!/bin/sh
# `npm run cluster -- --nodes 5`: sets up, builds, and gives a cluster of machines to play with.
set -eu
cd "$(dirname "$0")/../.."
PATH="$PATH:/usr/sbin:/sbin"
if [ "$(id -u)" != 0 ]; then
  echo 'error: cannot make machines: each is a network namespace, which only root can make' >&2
  echo 'hint: run it as root, for example in a container of its own: sudo npm run cluster' >&2
  exit 1
fi
sh build/setup.sh zookeeper java=default-jre-headless dig=bind9-dnsutils python3=python3 ip=iproute2 faketime=faketime
PATH="$PWD/node_modules/.bin:$PATH"
bun build/compile.ts
exec bun test/cluster/play.ts "$@"
