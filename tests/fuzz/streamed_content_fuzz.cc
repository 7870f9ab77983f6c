// What a node streamed, behind the first line's answer: nothing that is all of the answer lacks
// anything, and a rest is an answer. The second half is the last piece.
#include "client/jobs/streamed_content.h"

#include <cstdint>
#include <string_view>

#include "base/check.h"

int fuzz_streamed_content(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto answer = b3iq::json::Document::parse(text.substr(0, end));
  if (!answer.ok() || end == std::string_view::npos) return 0;
  using Piece = b3iq::client::StreamedContent::Piece;
  b3iq::client::StreamedContent content;
  b3iq::crypto::SecretText out;
  const auto events = text.substr(end + 1);
  const auto half = events.size() / 2;
  if (!content.add(events.substr(0, half), Piece::more, out).ok()) return 0;
  B3_CHECK(out.empty() || out.view().ends_with("\n\n"));
  const auto cut = content.rest_of(answer->root());
  if (cut.ok()) B3_CHECK(b3iq::json::Document::parse(*cut).ok());
  if (!content.add(events.substr(half), Piece::last, out).ok()) return 0;
  const bool is_all = content.is_all_of(answer->root());
  const auto rest = content.rest_of(answer->root());
  if (rest.ok()) B3_CHECK(b3iq::json::Document::parse(*rest).ok());
  B3_CHECK(!is_all || rest.ok() || answer->root().find("choices").size() == 0);
  return 0;
}
