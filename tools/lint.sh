#!/usr/bin/env bash
# clang-tidy over the tree, or over the given files. usage: tools/lint.sh BUILD_DIR [FILE ...]
set -euo pipefail

main() {
  cd "$(dirname "${BASH_SOURCE[0]}")/.."

  build=${1:?usage: tools/lint.sh BUILD_DIR [FILE ...]}
  shift
  if (($# > 0)); then files=("$@"); else mapfile -t files < <(find src bench -name '*.cc' -not -name '*_test.cc' -not -name '*_bench.cc' -not -name '*_fixture.cc' | sort); fi
  printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-19 --quiet -p "$build"
  echo "clang-tidy: ${#files[@]} files are clean"
}

main "$@"
