#!/bin/sh
# Installs meshbox: curl -fsSL URL/install.sh | MESHBOX_URL=URL sh -s -- --prefix DIR
# Nothing is done before the last line has arrived, and nothing is put in place before its hash is checked.
set -eu

# Put in by the release.
version='@VERSION@'
archive='@ARCHIVE@'
archive_sha256='@ARCHIVE_SHA256@'
binary_sha256='@BINARY_SHA256@'

usage() {
  cat << 'END'
Usage: sh install.sh [--prefix DIR]

Installs DIR/bin/meshbox (default: /usr/local/bin/meshbox). Run again, it changes nothing.

  MESHBOX_URL   the folder that install.sh lies in: http://…, https://… or a path
END
}

# fail WHY [HINT]
fail() {
  echo "error: cannot install meshbox: $1" >&2
  [ -z "${2:-}" ] || echo "hint: $2" >&2
  exit 1
}

misuse() {
  echo "error: cannot install meshbox: $1" >&2
  echo "hint: sh install.sh --help" >&2
  exit 2
}

has() {
  command -v "$1" > /dev/null 2>&1
}

sha256() {
  if has sha256sum; then
    sha256sum < "$1" | cut -d ' ' -f 1
  elif has shasum; then
    shasum -a 256 < "$1" | cut -d ' ' -f 1
  elif has openssl; then
    openssl dgst -sha256 -r < "$1" | cut -d ' ' -f 1
  else
    return 1
  fi
}

check_machine() {
  system="$(uname -s) $(uname -m)"
  case $system in
    'Linux x86_64' | 'Linux amd64') ;;
    *) fail "there is no meshbox for this machine ($system); it runs on Linux x86_64" ;;
  esac
  has gzip || fail 'gzip is not installed' 'sudo apt-get install gzip'
  sha256 /dev/null > /dev/null || fail 'sha256sum is not installed' 'sudo apt-get install coreutils'
}

# The folder of the release: as given, else the one that this file was started from.
find_release() {
  url=${MESHBOX_URL:-}
  if [ -z "$url" ]; then
    case $0 in
      install.sh | */install.sh) url=$(dirname "$0") ;;
      *) fail 'MESHBOX_URL is not set' 'set MESHBOX_URL to the address that install.sh came from, without /install.sh' ;;
    esac
  fi
  url=${url%/}
  case $url in
    http://* | https://*) has curl || has wget || fail 'neither curl nor wget is installed' 'sudo apt-get install curl' ;;
    *://*) fail "MESHBOX_URL is neither http://, https:// nor a path: $url" ;;
    *) [ -d "$url" ] || fail "there is no folder $url" 'set MESHBOX_URL to the folder that install.sh lies in' ;;
  esac
}

# fetch NAME FILE
fetch() {
  case $url in
    http://* | https://*)
      if has curl; then
        curl -fsSL --connect-timeout 20 -o "$2" "$url/$1"
      else
        wget -q -O "$2" "$url/$1"
      fi
      ;;
    *) cat "$url/$1" > "$2" ;;
  esac || fail "cannot fetch $url/$1" 'check that MESHBOX_URL is the folder that install.sh lies in, and can be reached'
}

# The nearest folder that exists tells whether the others can be made.
check_prefix() {
  near=$bin
  while [ ! -e "$near" ]; do near=$(dirname "$near"); done
  [ -d "$near" ] || fail "$near is not a folder"
  [ -w "$near" ] || fail "$near cannot be written to" "run as root, or name a folder of your own: --prefix \"\$HOME/.local\""
  [ ! -d "$bin/meshbox" ] || fail "$bin/meshbox is a folder"
}

download() {
  work=$(mktemp -d) || fail 'no folder for temporary files can be made' 'set TMPDIR to a folder with 200 MB of room'
  fetch SHA256SUMS "$work/SHA256SUMS"
  listed=$(sed -n "s/^\([0-9a-f]\{64\}\)  $archive\$/\1/p" "$work/SHA256SUMS")
  [ "$listed" = "$archive_sha256" ] || fail "$url/SHA256SUMS is not of the release that this install.sh is of ($version)" \
    'fetch install.sh again; if this stays, the copy of the release is damaged: use another'
  echo "Fetching meshbox $version from $url …"
  fetch "$archive" "$work/$archive"
  [ "$(sha256 "$work/$archive")" = "$archive_sha256" ] || fail "$url/$archive has the wrong sha256" \
    'try again; if this stays, the copy of the release is damaged: use another'
}

# Beside its place, so that the last step is one rename, and never from a /tmp that may be mounted noexec.
put_in_place() {
  mkdir -p "$bin" || fail "$bin cannot be made"
  staged=$bin/.meshbox.$$
  gzip -dc "$work/$archive" > "$staged" || fail "$bin has no room for meshbox"
  chmod 755 "$staged"
  "$staged" version < /dev/null > "$work/said" 2>&1 ||
    fail "it does not run on this machine: $(head -n 1 "$work/said")" 'meshbox needs Linux on x86_64 with glibc'
  mv -f "$staged" "$bin/meshbox" || fail "$bin/meshbox cannot be replaced"
}

clean_up() {
  [ -z "${work:-}" ] || rm -rf "$work"
  [ -z "${staged:-}" ] || rm -f "$staged"
}

main() {
  prefix=/usr/local
  while [ $# -gt 0 ]; do
    case $1 in
      --prefix)
        [ -n "${2:-}" ] || misuse '--prefix wants a folder'
        prefix=$2
        shift 2
        ;;
      --prefix=?*)
        prefix=${1#--prefix=}
        shift
        ;;
      -h | --help)
        usage
        return
        ;;
      *) misuse "$1 is not known" ;;
    esac
  done
  case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
  esac
  bin=${prefix%/}/bin

  check_machine
  if [ -f "$bin/meshbox" ] && [ -x "$bin/meshbox" ] && [ "$(sha256 "$bin/meshbox")" = "$binary_sha256" ]; then
    echo "meshbox $version is already installed: $bin/meshbox"
    return
  fi
  find_release
  check_prefix
  umask 022
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  download
  put_in_place
  echo "Installed $bin/meshbox ($version)."
  case :$PATH: in
    *":$bin:"*) next=meshbox ;;
    *) next=$bin/meshbox ;;
  esac
  echo "Next: $next join zk://HOST:2181/mesos, or $next dev to try it out on this machine"
}

main "$@"
