#!/bin/sh
# Runs a program as a container engine would by packaging/container/: process 1 among its own processes, every file system
# read-only except HOME, no capabilities, no new privileges, an engine's seccomp filter (engine_seccomp.pl), and the user
# 8831 (for an ordinary user: a user namespace in which he is 8831). ROOT is / or a folder with a system in it.
# Not emulated: cgroups, AppArmor or SELinux, a network of its own, and with ROOT / the image's own files.
# usage: as_container.sh ROOT HOME PROGRAM [ARGUMENT ...]
USER_ID=8831

# A mount keeps the flags that it has: an ordinary user's namespace may not take them off.
make_read_only() {
  while read -r _ _ _ _ point options _; do
    case $point in
      "$2" | "${1%/}/proc" | "${1%/}/proc/"*) continue ;;
      "${1%/}" | "${1%/}/"*)
        flags=$(printf '%s' "$options" | sed -E 's/^r[wo],?//; s/\\040/ /g')
        mount -o "remount,bind,ro${flags:+,$flags}" "$point" || return 1
        ;;
    esac
  done </proc/self/mountinfo
}

# In the new namespaces, with root's rights in them.
enter() {
  as=$1 root=$2 home=$3 filter=$4
  shift 4
  [ "$root" = / ] || mount --rbind "$root" "$root"
  mount --bind "$home" "${root%/}$home"
  mount -t proc proc "${root%/}/proc"
  make_read_only "$root" "${root%/}$home"
  if [ "$as" = root ]; then
    exec chroot "$root" setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups --bounding-set=-all --inh-caps=-all \
      --no-new-privs perl -e "$filter" "$@"
  fi
  exec unshare --user --map-user="$USER_ID" --map-group="$USER_ID" \
    setpriv --bounding-set=-all --inh-caps=-all --no-new-privs perl -e "$filter" "$@"
}

main() {
  set -eu
  if [ "$1" = --enter ]; then
    shift
    enter "$@"
  fi
  filter=$(cat "$(dirname "$0")/engine_seccomp.pl")
  root=$1 home=$2
  shift 2
  if [ "$(id -u)" = 0 ]; then
    chown -R "$USER_ID:$USER_ID" "$home"
    exec unshare --mount --pid --fork --kill-child "$0" --enter root "$root" "$home" "$filter" "$@"
  fi
  exec unshare --user --map-root-user --mount --pid --fork --kill-child "$0" --enter user "$root" "$home" "$filter" "$@"
}

main "$@"
