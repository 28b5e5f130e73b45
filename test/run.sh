#!/bin/sh
# `npm test`: sets up, then runs everything. Arguments go to test/run.ts.
set -eu
cd "$(dirname "$0")/.."
sh build/setup.sh zookeeper java=default-jre-headless dig=bind9-dnsutils python3=python3 ps=procps ip=iproute2 \
  iptables curl=curl wget=wget shellcheck=shellcheck busybox=busybox nsd=nsd kdig=knot-dnsutils serf=serf mmdebstrap=mmdebstrap tcpdump=tcpdump prometheus=prometheus \
  systemd systemd-nspawn=systemd-container dockerd=docker.io gpg=gnupg faketime=faketime chromium=chromium zsh=zsh fish=fish mandoc=mandoc
PATH="$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin"
exec bun test/run.ts "$@"
