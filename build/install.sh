#!/bin/sh
# Installs meshbox: curl -fsSL URL/install.sh | sh
# Nothing is done before the last line has arrived, and nothing is put in place before its hash is checked.
set -eu

# Put in by the release.
own_version='@VERSION@'
own_url='@URL@'
release_key='@RELEASE_KEY@'
archive_linux_x64='@ARCHIVE_LINUX_X64@'
archive_linux_arm64='@ARCHIVE_LINUX_ARM64@'
binary_linux_x64='@BINARY_LINUX_X64@'
binary_linux_arm64='@BINARY_LINUX_ARM64@'

usage() {
  cat << 'END'
Usage: sh install.sh [--prefix DIR] [--dry-run]

Installs DIR/bin/meshbox (default: /usr/local/bin/meshbox), its completions and its man page; in /usr/local the
systemd unit too, which `meshbox join` enables. Run again, it changes nothing; of another version, it takes the place
of the one that is there, and the programs that run go on.

  --dry-run         show what would be done, and do nothing
  MESHBOX_URL       the folder that install.sh lies in: http://…, https://… or a path (default: where its release is
                    published, or where install.sh was started from)
  MESHBOX_VERSION   the version to install (default: the one that this install.sh came with)

`meshbox uninstall` takes all of it away.
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
    'Linux x86_64' | 'Linux amd64')
      kind=linux-x64
      archive_sha256=$archive_linux_x64
      binary_sha256=$binary_linux_x64
      ;;
    'Linux aarch64' | 'Linux arm64')
      kind=linux-arm64
      archive_sha256=$archive_linux_arm64
      binary_sha256=$binary_linux_arm64
      ;;
    *) fail "there is no meshbox for this machine ($system); it runs on Linux, x86_64 and aarch64" ;;
  esac
  if has ldd && ldd --version 2>&1 | grep -qi musl; then
    fail 'its C library is musl, and meshbox needs glibc' 'use a system with glibc, such as Debian, Ubuntu or Fedora'
  fi
  has gzip || fail 'gzip is not installed' 'sudo apt-get install gzip'
  sha256 /dev/null > /dev/null || fail 'sha256sum is not installed' 'sudo apt-get install coreutils'
}

choose_version() {
  version=${MESHBOX_VERSION:-$own_version}
  version=${version#v}
  case $version in
    *[!0-9A-Za-z.+-]* | .* | -*) misuse "MESHBOX_VERSION is no version: $version" ;;
  esac
  archive=meshbox-$version-$kind.gz
  [ "$version" != "$own_version" ] || [ -n "$archive_sha256" ] || fail "this release has no meshbox for $kind"
}

is_installed() {
  [ -f "$bin/meshbox" ] && [ -x "$bin/meshbox" ] || return 1
  if [ "$version" = "$own_version" ]; then
    [ "$(sha256 "$bin/meshbox")" = "$binary_sha256" ]
  else
    case $("$bin/meshbox" version < /dev/null 2> /dev/null) in
      "meshbox $version ("*) ;;
      *) return 1 ;;
    esac
  fi
}

# The folder of the release: as given, else the one that this file was started from, else where its release is published.
find_release() {
  url=${MESHBOX_URL:-}
  if [ -z "$url" ]; then
    case $0 in
      install.sh | */install.sh) url=$(cd "$(dirname "$0")" && pwd) ;;
      *) url=$own_url ;;
    esac
    [ -n "$url" ] || fail 'MESHBOX_URL is not set' \
      'set MESHBOX_URL to the address that install.sh came from, without /install.sh'
  fi
  url=${url%/}
  case $url in
    http://* | https://*) has curl || has wget || fail 'neither curl nor wget is installed' 'sudo apt-get install curl' ;;
    *://*) fail "MESHBOX_URL is neither http://, https:// nor a path: $url" ;;
    /*) [ -d "$url" ] || fail "there is no folder $url" 'set MESHBOX_URL to the folder that install.sh lies in' ;;
    *)
      [ -d "$url" ] || fail "there is no folder $url" 'set MESHBOX_URL to the folder that install.sh lies in'
      url=$(cd "$url" && pwd)
      ;;
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

# The hashes are signed with the key of the release; `meshbox upgrade` always checks that, a shell cannot everywhere.
check_signature() {
  case $(openssl version 2> /dev/null || true) in
    'OpenSSL '[3-9]*) ;;
    *)
      echo "The signature of the release is not checked: there is no OpenSSL 3 here."
      return
      ;;
  esac
  fetch "$sums.sig" "$work/sums.sig"
  printf -- '-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n' "$release_key" > "$work/release.pem"
  openssl pkeyutl -verify -pubin -inkey "$work/release.pem" -rawin -in "$work/sums" -sigfile "$work/sums.sig" \
    > /dev/null 2>&1 || fail "$url/$sums has a wrong signature" \
    'the copy of the release is damaged, or is not what it says it is: use another'
}

download() {
  work=$(mktemp -d) || fail 'no folder for temporary files can be made' 'set TMPDIR to a folder with 100 MB of room'
  sums=SHA256SUMS-$version
  fetch "$sums" "$work/sums"
  check_signature
  listed=$(sed -n "s/^\([0-9a-f]\{64\}\)  $archive\$/\1/p" "$work/sums")
  if [ "$version" = "$own_version" ]; then
    [ "$listed" = "$archive_sha256" ] || fail "$url/$sums is not of the release that this install.sh is of ($version)" \
      'fetch install.sh again; if this stays, the copy of the release is damaged: use another'
  else
    [ -n "$listed" ] || fail "$url has no meshbox $version for $kind"
    archive_sha256=$listed
  fi
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
    fail "it does not run on this machine: $(head -n 1 "$work/said")" 'meshbox needs Linux with glibc 2.17 or later'
  mv -f "$staged" "$bin/meshbox" || fail "$bin/meshbox cannot be replaced"
}

# What lies beside the binary comes out of it; files that are right already are not touched.
put_beside() {
  "$bin/meshbox" setup "$url" < /dev/null || fail 'its completions, man page and unit cannot be written'
}

# The programs outlive it, and the new one takes them over.
restart_agent() {
  [ -d /run/systemd/system ] && has systemctl && systemctl is-active --quiet meshbox || return 0
  systemctl cat meshbox 2> /dev/null | grep -q "^ExecStart=$bin/meshbox " || return 0
  systemctl restart meshbox || fail 'the agent does not come up with it' 'journalctl -u meshbox'
  echo 'The agent was started anew; its programs have gone on.'
}

clean_up() {
  [ -z "${work:-}" ] || rm -rf "$work"
  [ -z "${staged:-}" ] || rm -f "$staged"
}

main() {
  prefix=/usr/local
  dry_run=
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
      --dry-run)
        dry_run=yes
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
  choose_version
  if is_installed; then
    echo "meshbox $version is already installed: $bin/meshbox"
    return
  fi
  find_release
  check_prefix
  if [ -n "$dry_run" ]; then
    echo "Would fetch $url/$archive, check it, and install $bin/meshbox with what belongs to it below ${prefix%/}."
    echo 'Nothing was changed.'
    return
  fi
  umask 022
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  download
  put_in_place
  put_beside
  restart_agent
  echo "Installed $bin/meshbox ($version)."
  case :$PATH: in
    *":$bin:"*) next=meshbox ;;
    *) next=$bin/meshbox ;;
  esac
  echo "Next: $next join zk://HOST:2181/mesos, or $next dev to try it out on this machine"
}

main "$@"
