# Language, warnings, sanitizers and linker for every target of the tree.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# g++ before 13 destroys some temporaries of a co_await expression twice (docs/adr/0002).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(WARNING "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines; use clang++-19 (docs/adr/0002)")
endif()

add_library(b3_flags INTERFACE)
target_compile_options(b3_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough -Wswitch-enum
  -Wno-missing-field-initializers -fno-omit-frame-pointer -fstack-protector-strong
  "$<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>")
target_link_options(b3_flags INTERFACE -Wl,-z,relro,-z,now)

if(B3IQ_SANITIZE)
  # vptr: Debian's fmt is built without type information, so the check would end every test that logs.
  add_compile_options(-fsanitize=${B3IQ_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -g1)
  add_link_options(-fsanitize=${B3IQ_SANITIZE})
endif()
if(B3IQ_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(B3IQ_CCACHE ccache)
if(B3IQ_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${B3IQ_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${B3IQ_CCACHE})
endif()
find_program(B3IQ_MOLD mold)
if(B3IQ_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
