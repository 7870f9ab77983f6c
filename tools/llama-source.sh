#!/usr/bin/env bash
# Brings the source of the llama.cpp release whose libraries package.json names, through npm, with a checksum, into
# build/llama-source/. Prints the path of its git bundle, which is what B3IQ_LLAMA_BUNDLE and `git clone` take.
# The benchmarks build llama-server from it; a GPU build of the worker too. Quick when it is there.
set -euo pipefail

main() {
  cd "$(dirname "${BASH_SOURCE[0]}")/.."

  version=3.22.1
  sha256=a0d9dd80eacd2ab1cfe71aee57ac8a806487fd70b3d2a38fbec637752d9e5c5f
  folder=$PWD/build/llama-source/$version
  bundle=$folder/package/llama/gitRelease.bundle

  if [[ ! -s $bundle ]]; then
    mkdir -p "$folder"
    (cd "$folder" && npm pack --silent "node-llama-cpp@$version" >/dev/null)
    tarball=$folder/node-llama-cpp-$version.tgz
    if ! printf '%s  %s\n' "$sha256" "$tarball" | sha256sum --check --status; then
      rm -f "$tarball"
      echo "error: node-llama-cpp $version does not have the expected checksum; nothing was unpacked" >&2
      exit 1
    fi
    tar xzf "$tarball" -C "$folder" package/llama/gitRelease.bundle package/LICENSE
    rm -f "$tarball"
  fi
  printf '%s\n' "$bundle"
}

main "$@"
