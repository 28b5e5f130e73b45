#!/bin/sh
# `npm run demo`: sets up, builds, and shows a whole cluster on this machine.
set -eu
cd "$(dirname "$0")/.."
sh build/setup.sh zookeeper java=default-jre-headless dig=bind9-dnsutils python3=python3
PATH="$PWD/node_modules/.bin:$PATH"
bun build/compile.ts
exec bun build/demo.ts "$@"
