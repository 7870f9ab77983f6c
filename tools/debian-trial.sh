#!/usr/bin/env bash
# Tries the front door as a newcomer would: a Debian root that holds nothing else, a clean clone, then the given command.
# usage, as root: tools/debian-trial.sh bookworm|trixie root|user COMMAND...     (default command: ./run node --once)
# Prints what the newcomer sees and how long it took; keeps the transcript in build/trial/. Needs debootstrap and git.
#   TRIAL_MIRROR  the Debian mirror (default: the first one that this machine's apt uses)
#   TRIAL_HOOK    a program called with the root's path before the first step, for a site's certificates or proxies
#   TRIAL_ENV     environment for the newcomer, NAME=VALUE words
#   TRIAL_AGAIN   set: go on in the root that the last trial left, with the clone brought up to date
set -euo pipefail

set_up() {
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  suite=${1:?usage: tools/debian-trial.sh bookworm|trixie root|user [COMMAND...]}
  who=${2:?root or user}
  shift 2
  command=${*:-./run node --once}
  work=${TRIAL_WORK:-/var/tmp/b3iq-trial}
  root=$work/$suite-$who
  pristine=$work/$suite.pristine
  mirror=${TRIAL_MIRROR:-$(awk '/^URIs:/ { print $2; exit } /^deb / { print $2; exit }' \
    /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null)}
}

unmount() {
  local part
  for part in dev proc sys; do umount -R "$root/$part" 2>/dev/null || true; done
  umount -R "$root" 2>/dev/null || true
}

# A login's environment and nothing of ours. `user` may use sudo with no password, as in a cloud image.
enter() {
  local name=$1 home=/root ids=0:0
  shift
  if [[ $name == user ]]; then home=/home/user ids=1000:1000; fi
  # shellcheck disable=SC2086  # words on purpose
  env -i HOME=$home USER="$name" LOGNAME="$name" TERM=xterm LANG=C.UTF-8 ${TRIAL_ENV:-} \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot --userspec=$ids --groups= "$root" bash -c "cd $home && $*"
}

mount_root() {
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount --rbind /dev "$root/dev"
  mount --make-rslave "$root/dev"
}

make_root() {
  mkdir -p "$work"
  [[ -e $pristine/etc/debian_version ]] || debootstrap --variant=minbase "$suite" "$pristine" "$mirror" >"$work/debootstrap.log"
  unmount
  rm -rf --one-file-system "$root"
  cp -a "$pristine" "$root"
  printf 'deb %s %s main\n' "$mirror" "$suite" "$mirror" "$suite-updates" "$mirror-security" "$suite-security" \
    >"$root/etc/apt/sources.list"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  mount_root
}

# What somebody who can clone a repository has: git, certificates, and a user with sudo.
make_newcomer() {
  enter root "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends \
    git ca-certificates sudo && rm -rf /var/lib/apt/lists/* && useradd -m -s /bin/bash user && \
    echo 'user ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/user" >"$work/prepare.log" 2>&1
}

bring_clone() {
  rm -rf "$root/srv/b3iq.git"
  git clone -q --bare . "$root/srv/b3iq.git"
  [[ $who == root ]] || chown -R 1000:1000 "$root/srv/b3iq.git"
}

main() {
  local transcript begun rc=0 first="git clone -q /srv/b3iq.git b3iq && cd b3iq"
  set_up "$@"
  transcript=build/trial/$suite-$who.txt
  trap unmount EXIT
  if [[ -n ${TRIAL_AGAIN:-} ]]; then
    unmount
    mount_root
    first="cd b3iq && git pull -q"
  else
    make_root
    [[ -z ${TRIAL_HOOK:-} ]] || "$TRIAL_HOOK" "$root"
    make_newcomer
  fi
  bring_clone
  mkdir -p build/trial
  begun=$SECONDS
  enter "$who" "$first && script -qec '$command' /dev/null" <<<y 2>&1 | tee "$transcript" || rc=$?
  printf '\ntrial %s as %s: exit status %s, %s s from clone to end (load %s)\n' \
    "$suite" "$who" "$rc" $((SECONDS - begun)) "$(cut -d' ' -f1-3 /proc/loadavg)" | tee -a "$transcript"
  return "$rc"
}

main "$@"
