# llama.cpp, for the worker process and nothing else. Gives the target `b3_llama` (headers and libraries) and
# B3IQ_LLAMA_LIB_DIR, the folder that a worker loads its compute back ends from.
#
# Default: the prebuilt CPU libraries of the npm package @node-llama-cpp/linux-<arch>, pinned in package.json; the headers of
# the same release are kept in third_party/llama.cpp. Nothing is downloaded here. B3IQ_LLAMA_SOURCE=ON builds the release
# from its source bundle instead, with a GPU back end if asked: docs/operating/gpu.md.
option(B3IQ_LLAMA_SOURCE "Build llama.cpp from B3IQ_LLAMA_BUNDLE instead of using the prebuilt CPU libraries" OFF)
set(B3IQ_LLAMA_BUNDLE "" CACHE FILEPATH "With B3IQ_LLAMA_SOURCE: llama/gitRelease.bundle of the npm package node-llama-cpp")
set(B3IQ_LLAMA_OPTIONS "" CACHE STRING "With B3IQ_LLAMA_SOURCE: options for its build, such as -DGGML_CUDA=ON")
set(B3IQ_NODE_MODULES "${PROJECT_SOURCE_DIR}/node_modules" CACHE PATH "Where `npm ci --ignore-scripts` put the packages")

set(B3IQ_LLAMA_LIB_DIR "${CMAKE_BINARY_DIR}/lib/llama")
set(_llama_headers "${PROJECT_SOURCE_DIR}/third_party/llama.cpp")
add_library(b3_llama INTERFACE)
target_include_directories(b3_llama SYSTEM INTERFACE "${_llama_headers}/include" "${_llama_headers}/common")

function(_b3_llama_from_source)
  if(NOT EXISTS "${B3IQ_LLAMA_BUNDLE}")
    message(FATAL_ERROR "B3IQ_LLAMA_SOURCE needs -DB3IQ_LLAMA_BUNDLE=<path of gitRelease.bundle>; docs/operating/gpu.md "
                        "says where it comes from.")
  endif()
  find_package(Git REQUIRED)
  include(ExternalProject)
  ExternalProject_Add(llama_source
    DOWNLOAD_COMMAND ${GIT_EXECUTABLE} -c advice.detachedHead=false clone --quiet "${B3IQ_LLAMA_BUNDLE}" <SOURCE_DIR>
    CMAKE_ARGS -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
               -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER} -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
               -DBUILD_SHARED_LIBS=ON -DGGML_BACKEND_DL=ON -DGGML_NATIVE=OFF -DGGML_CPU_ALL_VARIANTS=ON -DGGML_OPENMP=OFF
               -DLLAMA_BUILD_COMMON=ON -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TESTS=OFF
               -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_OPENSSL=OFF
               -DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${B3IQ_LLAMA_LIB_DIR} -DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${B3IQ_LLAMA_LIB_DIR}
               -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON -DCMAKE_INSTALL_RPATH=$ORIGIN
               ${B3IQ_LLAMA_OPTIONS}
    BUILD_BYPRODUCTS "${B3IQ_LLAMA_LIB_DIR}/libllama-common.so" "${B3IQ_LLAMA_LIB_DIR}/libllama.so"
                     "${B3IQ_LLAMA_LIB_DIR}/libggml.so" "${B3IQ_LLAMA_LIB_DIR}/libggml-base.so"
    INSTALL_COMMAND "")
  add_dependencies(b3_llama llama_source)
  set(_llama_libs libllama-common.so libllama.so libggml.so libggml-base.so PARENT_SCOPE)
endfunction()

function(_b3_llama_prebuilt)
  set(platform linux-x64)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    set(platform linux-arm64)
  endif()
  set(folder "${B3IQ_NODE_MODULES}/@node-llama-cpp/${platform}/bins/${platform}")
  file(GLOB files "${folder}/*.so")
  if(NOT files)
    message(FATAL_ERROR "No llama.cpp libraries in ${folder}. Run `npm ci --ignore-scripts` in ${PROJECT_SOURCE_DIR} "
                        "(`./run build` does it), or configure with -DB3IQ_EMBEDDED=OFF.")
  endif()
  file(COPY ${files} DESTINATION "${B3IQ_LLAMA_LIB_DIR}")
  file(GLOB names RELATIVE "${folder}" "${folder}/libllama*.so" "${folder}/libggml.*so" "${folder}/libggml-base.so")
  set(_llama_libs "${names}" PARENT_SCOPE)
endfunction()

if(B3IQ_LLAMA_SOURCE)
  _b3_llama_from_source()
else()
  _b3_llama_prebuilt()
endif()
list(TRANSFORM _llama_libs PREPEND "${B3IQ_LLAMA_LIB_DIR}/")
target_link_libraries(b3_llama INTERFACE ${_llama_libs})

# A program that uses b3_llama finds it beside itself, so bin/ and lib/llama/ can move together.
function(b3_use_llama target)
  target_link_libraries(${target} PRIVATE b3_llama)
  set_target_properties(${target} PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN/../lib/llama")
endfunction()
