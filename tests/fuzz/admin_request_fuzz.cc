// What strangers and operators send the control plane beside signed bodies, a line each: the header
// X-Forwarded-For, the header If-None-Match, a query; the rest is a body.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "control/admin/admin_body.h"
#include "control/admin/admin_page.h"
#include "control/config/address_range.h"
#include "control/limits/client_address.h"
#include "control/public_api/public_answer.h"

namespace {

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

// The client is the peer or an address that the header names; never anything else.
void read_client(std::string_view header) {
  using namespace b3iq;
  static const std::vector<control::AddressRange> kProxies = {
      *control::parse_address_range("10.0.0.0/8")};
  http::Request request;
  request.peer_address = "10.0.0.1";
  request.headers.push_back({"X-Forwarded-For", header});
  const auto client = control::client_address(request, kProxies);
  B3_CHECK(control::parse_address(client));
  request.peer_address = "192.0.2.1";
  B3_CHECK(control::client_address(request, kProxies) == "192.0.2.1");
  if (const auto range = control::parse_address_range(header); range.ok())
    B3_CHECK(range->contains(range->address));
}

}  // namespace

int fuzz_admin_request(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  read_client(take_line(rest));
  http::Request request;
  request.headers.push_back({"If-None-Match", take_line(rest)});
  const auto answer = control::public_answer(request, control::public_body("{}"));
  B3_CHECK(answer.status == 200 || answer.status == 304);
  const auto page = control::read_page(take_line(rest), 500, {});
  if (page.ok()) B3_CHECK(page->limit >= 1 && page->limit <= 500);
  const auto body = control::AdminBody::parse(rest, {"name", "tags", "expires"});
  if (!body.ok()) return 0;
  (void)body->text("name");
  (void)body->texts("tags");
  const auto life = control::life_of(*body, 1'000, 1'790'000'000'000);
  if (life.ok()) B3_CHECK(*life > 0);
  return 0;
}
