# The Debian packages: `./run package` → build/package/b3iq_VERSION_ARCH.deb, the node, b3iq-control-plane_VERSION_ARCH.deb, and
# b3iq-client_VERSION_ARCH.deb, the customer's tool. All of the node lies in /usr/lib/b3iq as it does in build/release, so that the programs
# find their files; /usr/bin/b3iq-host leads there.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME host)
set(prefix lib/b3iq)
install(TARGETS b3iq-host RUNTIME DESTINATION ${prefix}/bin)
if(B3IQ_EMBEDDED)
  install(TARGETS b3iq-worker RUNTIME DESTINATION ${prefix}/bin)
  install(DIRECTORY "${B3IQ_LLAMA_LIB_DIR}/" DESTINATION ${prefix}/lib/llama)
  install(FILES "${PROJECT_SOURCE_DIR}/models/b3iq-atlas-5m-q8_0.gguf" DESTINATION ${prefix}/share/b3iq/models)
endif()
install(FILES "${PROJECT_SOURCE_DIR}/models/catalogue.json" DESTINATION ${prefix}/share/b3iq/models)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/build/web/setup" DESTINATION ${prefix}/share/b3iq/web)
install(FILES LICENSE NOTICE THIRD_PARTY_NOTICES.md README.md CHANGELOG.md DESTINATION share/doc/b3iq)
install(DIRECTORY docs/operating DESTINATION share/doc/b3iq)
install(FILES packaging/systemd/b3iq-host.service DESTINATION lib/systemd/system)
file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/link")
file(CREATE_LINK ../lib/b3iq/bin/b3iq-host "${CMAKE_BINARY_DIR}/link/b3iq-host" SYMBOLIC)
install(FILES "${CMAKE_BINARY_DIR}/link/b3iq-host" DESTINATION bin)

# The shells' completions and the manual page come from the program's own table of commands.
function(install_pages program)
  foreach(page IN ITEMS "bash|share/bash-completion/completions/${program}" "zsh|share/zsh/vendor-completions/_${program}"
          "fish|share/fish/vendor_completions.d/${program}.fish" "man|share/man/man1/${program}.1")
    string(REPLACE "|" ";" page "${page}")
    list(GET page 0 kind)
    list(GET page 1 target)
    install(CODE "
      set(made \"${CMAKE_BINARY_DIR}/generated/completion/${target}\")
      get_filename_component(folder \"\${made}\" DIRECTORY)
      file(MAKE_DIRECTORY \"\${folder}\")
      execute_process(COMMAND \"$<TARGET_FILE:${program}>\" completion ${kind} OUTPUT_FILE \"\${made}\" COMMAND_ERROR_IS_FATAL ANY)
      get_filename_component(folder \"${target}\" DIRECTORY)
      file(INSTALL DESTINATION \"\${CMAKE_INSTALL_PREFIX}/\${folder}\" TYPE FILE FILES \"\${made}\")"
      COMPONENT ${CMAKE_INSTALL_DEFAULT_COMPONENT_NAME})
  endforeach()
endfunction()
install_pages(b3iq-host)

# The control plane is one program without files of its own.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME control)
install(TARGETS b3iq-control-plane RUNTIME DESTINATION bin)
install(FILES packaging/systemd/b3iq-control-plane.service DESTINATION lib/systemd/system)
install(FILES LICENSE NOTICE THIRD_PARTY_NOTICES.md CHANGELOG.md docs/config-control-plane.md DESTINATION share/doc/b3iq-control-plane)
install(DIRECTORY docs/operating DESTINATION share/doc/b3iq-control-plane)

# The customer's tool, for machines that are no node: it runs when it is called, so nothing is set up for it.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME client)
install(TARGETS b3iq RUNTIME DESTINATION bin)
install(FILES LICENSE NOTICE THIRD_PARTY_NOTICES.md CHANGELOG.md docs/operating/customer-tool.md DESTINATION share/doc/b3iq-client)
install(DIRECTORY docs/protocol DESTINATION share/doc/b3iq-client)
install_pages(b3iq)

# The scripts of packaging/deb with a package's names in them. MADE_BY: who makes the node or the control plane the first time, `package`
# or `owner`; CONFIG_DIR: a folder for what the unit takes as credentials, or nothing.
function(maintainer_scripts component PACKAGE PROGRAM ACCOUNT MADE_BY CONFIG_DIR)
  set(scripts "")
  foreach(script IN ITEMS postinst prerm postrm)
    configure_file("${PROJECT_SOURCE_DIR}/packaging/deb/${script}.in" "${CMAKE_BINARY_DIR}/deb/${PACKAGE}/${script}" @ONLY)
    list(APPEND scripts "${CMAKE_BINARY_DIR}/deb/${PACKAGE}/${script}")
  endforeach()
  set(CPACK_DEBIAN_${component}_PACKAGE_NAME ${PACKAGE} PARENT_SCOPE)
  set(CPACK_DEBIAN_${component}_PACKAGE_CONTROL_EXTRA "${scripts}" PARENT_SCOPE)
endfunction()
maintainer_scripts(HOST b3iq b3iq-host b3iq package "")
maintainer_scripts(CONTROL b3iq-control-plane b3iq-control-plane b3iq-control owner /etc/b3iq-control-plane)
set(CPACK_DEBIAN_CLIENT_PACKAGE_NAME b3iq-client)

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL host control client)
set(CPACK_PACKAGE_NAME b3iq)
set(CPACK_PACKAGE_VENDOR B3IQ)
set(CPACK_PACKAGE_CONTACT "B3IQ maintainers <maintainers@b3iq.org>")
set(CPACK_DEBIAN_HOST_DESCRIPTION "inference node that belongs to its owner
The B3IQ host agent: an OpenAI-compatible local API with keys, limits and budgets,
a sandboxed language model, and a signed receipt for every answer.")
set(CPACK_DEBIAN_CONTROL_DESCRIPTION "control plane of inference nodes
The B3IQ control plane: enrolls nodes that dial out to it, keeps their inventory,
takes their heartbeats and gives them commands of a closed list.")
set(CPACK_DEBIAN_CLIENT_DESCRIPTION "private requests to inference nodes
The B3IQ customer's tool b3iq: seals requests that one node alone can read, opens
their answers, serves OpenAI clients of its machine, checks receipts and their log.")
set(CPACK_DEBIAN_CLIENT_PACKAGE_DEPENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "https://b3iq.org")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# Whatever the umask of whoever makes the package.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
# What the programs are linked with becomes Depends:; llama.cpp's libraries are in the package itself.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${B3IQ_LLAMA_LIB_DIR}")
set(CPACK_DEBIAN_PACKAGE_DEPENDS "passwd, util-linux, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
