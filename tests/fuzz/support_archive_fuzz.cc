// An archive as a support bundle has them, with one byte changed: refused, or read as what it was
// made of. And any bytes as an archive.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/support/bundle_check.h"
#include "agent/support/tar_reader.h"
#include "agent/support/tar_writer.h"
#include "base/check.h"

namespace {

constexpr std::size_t kPrologue = 5;  // where to change what, and where the first file ends

std::size_t number_of(std::string_view bytes) {
  std::size_t number = 0;
  for (const char c : bytes) number = number << 8U | static_cast<unsigned char>(c);
  return number;
}

}  // namespace

int fuzz_support_archive(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  B3_CHECK(!check_bundle(text, "").holds());
  if (size < kPrologue) return 0;
  const auto rest = text.substr(kPrologue);
  const auto first = rest.substr(0, number_of(text.substr(3, 2)));
  const auto second = rest.substr(first.size());
  std::string archive;
  append_tar_file(archive, "bundle/first.json", first, 1);
  append_tar_file(archive, "bundle/second.json", second, 1);
  end_tar(archive);
  const auto made = archive;
  const auto whole = read_tar(made);
  B3_CHECK(whole.ok() && whole->size() == 2);
  B3_CHECK((*whole)[0].content == first && (*whole)[1].content == second);

  const auto at = number_of(text.substr(0, 2)) % archive.size();
  archive[at] = static_cast<char>(archive[at] ^ text[2]);
  const auto changed = read_tar(archive);
  if (!changed.ok() || text[2] == '\0') return 0;
  // A header's sum covers all of it but itself: what is still read has its names and sizes.
  B3_CHECK(changed->size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    B3_CHECK((*changed)[i].name == (*whole)[i].name);
    B3_CHECK((*changed)[i].content.size() == (*whole)[i].content.size());
  }
  return 0;
}
