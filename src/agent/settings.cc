#include "agent/settings.h"
#include <fmt/format.h>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include "json/json.h"
namespace b3iq::agent {
using base::Error; using base::ErrorCode; using base::Result;
Result<http::ListenAddress> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  if (colon == std::string_view::npos) return Error(ErrorCode::config_invalid, "listen must be ADDRESS:PORT");
  auto host = text.substr(0, colon); auto digits = text.substr(colon+1);
  const auto [end, failure] = std::from_chars(digits.data(), digits.data()+digits.size(), port);
  if (failure != std::errc() || end != digits.data()+digits.size()) return Error(ErrorCode::config_invalid, "listen must be ADDRESS:PORT");
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size()-2);
  return http::ListenAddress{std::string(host), port};
}
Result<Settings> load_settings(const std::string& path, const std::string& flag) {
  std::ifstream in(path); if (!in) return Error(ErrorCode::not_found, "no config.json; run b3iq-host init");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  TRY(const auto doc, json::Document::parse(text));
  Settings s; const auto r = doc.root();
  std::string listen = std::string(r.find("listen").string().value_or("127.0.0.1:8831"));
  if (const char* e = std::getenv("B3IQ_LISTEN")) listen = e;
  if (!flag.empty()) listen = flag;
  TRY(s.listen, parse_listen(listen));
  s.allow_remote = r.find("allow_remote").boolean().value_or(false);
  s.max_body_bytes = 8*1024*1024; s.assumed_completion_tokens = 1024; s.drain_ms = 30000;
  const auto rs = r.find("runtimes");
  for (std::size_t i=0;i<rs.size();++i){ RuntimeSettings x; const auto v=rs.at(i);
    x.id = std::string(v.find("id").string().value_or("")); x.kind = v.find("kind").string().value_or("")=="openai"?RuntimeKind::openai:RuntimeKind::embedded;
    x.base_url = std::string(v.find("base_url").string().value_or("")); x.model_path=std::string(v.find("model").string().value_or(""));
    x.threads = v.find("threads").integer().value_or(0); x.slots = v.find("slots").integer().value_or(8); x.context_tokens=v.find("context_tokens").integer().value_or(0);
    x.api_key_file = std::string(v.find("api_key_file").string().value_or(""));
    s.runtimes.push_back(x);}
  const auto al = r.find("models").find("aliases");
  for (std::size_t i=0;i<al.size();++i) s.aliases[std::string(al.member(i).name)] = std::string(al.member(i).value.string().value_or(""));
  return s;
}
}
