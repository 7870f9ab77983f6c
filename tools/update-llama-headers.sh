#!/usr/bin/env bash
# Renews third_party/llama.cpp from the source bundle that npm's node-llama-cpp VERSION carries.
# usage: tools/update-llama-headers.sh VERSION; then set the same version in package.json and renew the lock file.
set -euo pipefail

main() {
  cd "$(dirname "${BASH_SOURCE[0]}")/.."

  version=${1:?usage: tools/update-llama-headers.sh VERSION}
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack --silent "node-llama-cpp@$version" >/dev/null && sha256sum ./*.tgz && tar xzf ./*.tgz)
  git -c advice.detachedHead=false clone --quiet "$work/package/llama/gitRelease.bundle" "$work/source"

  # Each listed file is replaced by the release's own; a new header that one of them needs is added by hand.
  for file in third_party/llama.cpp/include/*.h; do
    name=$(basename "$file")
    cp "$(find "$work/source/include" "$work/source/ggml/include" -name "$name" -print -quit)" "$file"
  done
  (cd third_party/llama.cpp/common && find . -name '*.h') | while read -r name; do
    cp "$work/source/common/$name" "third_party/llama.cpp/common/$name"
  done
  cp "$work/source/LICENSE" third_party/llama.cpp/LICENSE
  (cd third_party/llama.cpp && find include -name '*.h' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
  (cd third_party/llama.cpp && find common -name '*.h' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS.common)
  git --no-pager diff --stat -- third_party/llama.cpp
}

main "$@"
