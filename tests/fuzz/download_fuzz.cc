// What decides how a download goes on: the record of a part, and a server's header fields. The
// first byte chooses.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/downloads/answer_fields.h"
#include "agent/downloads/download_record.h"
#include "agent/downloads/download_types.h"
#include "agent/downloads/download_url.h"
#include "base/check.h"
#include "http/http_text.h"

namespace {

using namespace b3iq::agent;

void check_record(std::string_view text) {
  const auto record = read_record(text);
  if (!record) return;
  B3_CHECK(read_record(write_record(*record)) == record);
  B3_CHECK(record->checkpoint_bytes <= record->total_bytes.value_or(kMaxModelFileBytes));
  // It goes into a request's header.
  if (record->validator) B3_CHECK(record->validator->find_first_of("\r\n") == std::string::npos);
}

void check_fields(std::string_view text) {
  if (const auto range = parse_content_range(text); range && range->has_part) {
    B3_CHECK(range->first >= 0 && range->first <= range->last);
    B3_CHECK(!range->total || range->last < *range->total);
  }
  constexpr std::int64_t kLimit = 600'000;
  const auto wait_ms = parse_retry_after(text, 0, kLimit);
  B3_CHECK(!wait_ms || (*wait_ms >= 0 && *wait_ms <= kLimit));
  const auto validator = strong_validator(text, text, "Sun, 22 Nov 2026 06:30:00 GMT");
  B3_CHECK(!validator || *validator == text);
}

// What is dialled is what was checked, and nothing can break the request line.
void check_url(const DownloadUrl& url) {
  B3_CHECK(!url.target.empty() && url.target.front() == '/');
  B3_CHECK(b3iq::http::all_of_class(url.target, b3iq::http::kTargetChar));
  B3_CHECK(!url.origin.host.empty() && url.origin.port != 0 && url.origin.prefix.empty());
  B3_CHECK(url.origin.host.find_first_of("@/?# \r\n") == std::string::npos);
  B3_CHECK(url.place().find('?') == std::string::npos);
}

void check_addresses(std::string_view text) {
  const auto first = parse_download_url(text);
  if (first.ok()) check_url(*first);
  for (const std::string_view base : {"https://a.example/b/c?d", "http://[::1]:81/"}) {
    const auto from = parse_download_url(base);
    const auto to = resolve_redirect(*from, text);
    if (!to.ok()) continue;
    check_url(*to);
    B3_CHECK(to->origin.tls || !from->origin.tls);
  }
}

}  // namespace

int fuzz_download(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      check_record(text);
      break;
    case 1:
      check_fields(text);
      break;
    default:
      check_addresses(text);
  }
  return 0;
}
