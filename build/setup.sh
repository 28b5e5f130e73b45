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
  keep_daemons_off
  # shellcheck disable=SC2086 # a list of words
  apt_get install $missing > /dev/null 2>&1 || {
    apt_get update
    apt_get install $missing > /dev/null
  }
  [ ! -d /run/systemd/system ] || for package in $missing; do
    systemctl disable "$package" > /dev/null 2>&1 || true # most have no daemon
  done
}

apt_get() {
  apt-get -y -qq --no-install-recommends -o DPkg::Lock::Timeout=60 "$@"
}

# Tests start the programs by themselves; what a package would start must not take their ports, or those of the machine.
keep_daemons_off() {
  policy=/usr/sbin/policy-rc.d
  [ ! -e "$policy" ] || return 0
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
}

main() {
  cd "$(dirname "$0")/.."
  PATH="$PATH:/usr/sbin:/sbin" # where a user's PATH ends before some of the commands
  debian_packages "$@"
  npm_packages
}

main "$@"
