#!/bin/sh
# Makes a fresh clone ready to run: the npm packages of package-lock.json, and the Debian packages named as arguments.
# A package may be written `command=package` when the command tells better than dpkg whether it is there.
set -eu

npm_packages() {
  installed=node_modules/.package-lock.json
  if [ ! -e "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
    echo "Installing npm packages …"
    if ! mkdir -p "$(npm config get cache)" 2> /dev/null; then
      export npm_config_cache="$PWD/.meshbox/npm" # a user without a home
    fi
    npm ci --no-update-notifier --no-audit --no-fund --loglevel=error
  fi
  # The bun package puts its program in place by a script, which npm may be told not to run.
  node_modules/.bin/bun --version > /dev/null 2>&1 || (cd node_modules/bun && node install.js)
}

missing_packages() {
  for wanted in "$@"; do
    command=${wanted%%=*}
    package=${wanted#*=}
    if [ "$command" != "$package" ]; then
      command -v "$command" > /dev/null 2>&1 || printf ' %s' "$package"
    else
      dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q 'install ok installed' || printf ' %s' "$package"
    fi
  done
}

debian_packages() {
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null 2>&1; then
    echo "error: cannot run: Debian packages are missing:$missing" >&2
    echo "hint: sudo apt-get install$missing" >&2
    return 1
  fi
  echo "Installing Debian packages:$missing …"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # a list of words
  apt-get install -y -qq --no-install-recommends $missing > /dev/null 2>&1 || {
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends $missing > /dev/null
  }
}

main() {
  cd "$(dirname "$0")/.."
  PATH="$PATH:/usr/sbin:/sbin" # where a user's PATH ends before some of the commands
  debian_packages "$@"
  npm_packages
}

main "$@"
