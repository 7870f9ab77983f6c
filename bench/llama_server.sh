#!/usr/bin/env bash
# Builds llama-server of the llama.cpp release whose libraries the worker uses: the opponent of eight parallel chats. Takes
# some minutes once; quick when it is there. Prints the path of the program.
# With the AVX2 kernels, which are the fastest for the default model (see src/runtimes/embedded/worker/cpu_variant.h).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=$PWD/build/llama-server
server=$folder/build/bin/llama-server
if [[ ! -x $server ]]; then
  bundle=$(tools/llama-source.sh)
  [[ -d $folder/source ]] || git -c advice.detachedHead=false clone --quiet "$bundle" "$folder/source"
  kernels=(-DGGML_NATIVE=ON)
  if [[ $(uname -m) == x86_64 ]]; then
    kernels=(-DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON)
  fi
  cmake -G Ninja -S "$folder/source" -B "$folder/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF \
    -DLLAMA_OPENSSL=OFF -DGGML_OPENMP=OFF "${kernels[@]}" >"$folder/configure.log" 2>&1
  ninja -C "$folder/build" llama-server >"$folder/build.log" 2>&1
fi
printf '%s\n' "$server"
