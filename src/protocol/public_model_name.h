// Names of models come from nodes and are shown to everybody, so they must not be able to tell an
// address, a path or anything else of the node's inside.
//
//   name    = [ part "/" ] part [ ":" part ]         at most kMaxPublicModelNameBytes
//   part    = ALNUM *( ALNUM / "." / "_" / "-" )     no ".."
//
// Refused beyond that: a tag of digits alone (host:port), a first part of one letter before ":"
// (C:), a dot before "/" (a server's name), four numbers (an IPv4 address), localhost and the
// endings .local .lan .internal .home .arpa .localhost, and folders of a file system (home/,
// users/, …).
#pragma once

#include <cstddef>
#include <string_view>

namespace b3iq::protocol {

inline constexpr std::size_t kMaxPublicModelNameBytes = 96;

// Pure; no allocation.
bool is_public_model_name(std::string_view name);

}  // namespace b3iq::protocol
