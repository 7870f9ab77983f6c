#!/usr/bin/env bash
# Builds llama-server of the release whose libraries the worker uses, once, into build/llama-server. Only the bench needs
# it: the opponent of eight parallel chats. Prints the path of the binary.
#
# GGML_NATIVE is off: g++ 12 miscompiles the AMX kernel that it would bring. The CPU's switches up to AVX2 are set one by
# one; these are the kernels that are fastest for the default model, and the ones the worker uses for it.
set -euo pipefail

main() {
  cd "$(dirname "$0")/.."
  bundle=$(tools/llama-source.sh)
  target=$PWD/build/llama-server
  stamp=$target/.bundle-$(sha256sum "$bundle" | cut -c1-16)
  if [[ ! -e $stamp ]]; then
    rm -rf "$target"
    mkdir -p "$target"
    git -c advice.detachedHead=false clone --quiet "$bundle" "$target/source" >&2
    cmake -S "$target/source" -B "$target/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_C_COMPILER_LAUNCHER="$(command -v ccache || true)" -DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache || true)" \
      -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON \
      -DGGML_BMI2=ON -DGGML_OPENMP=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF \
      -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_SERVER=ON >&2
    cmake --build "$target/build" --target llama-server >&2
    touch "$stamp"
  fi
  echo "$target/build/bin/llama-server"
}

main "$@"
