// A tar archive in memory: plain files of the form "ustar" (POSIX.1-1988), which every tar reads.
//
//   archive = file* 1024 zero bytes
//   file    = header of 512 bytes, content, zeros up to a multiple of 512
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace b3iq::agent {

// `name`: at most 99 bytes of ASCII. Mode 0600, no owner.
void append_tar_file(std::string& archive, std::string_view name, std::string_view content,
                     std::int64_t modified_unix_s);
void end_tar(std::string& archive);

// For content that follows in pieces: the header, and how many zeros come behind the content.
void append_tar_header(std::string& archive, std::string_view name, std::uint64_t size,
                       std::int64_t modified_unix_s);
std::size_t tar_padding(std::uint64_t size);

}  // namespace b3iq::agent
