#include "admin_calls.h"

#include "json/json.h"

namespace b3iq::fleet {
std::string token_request_body() { return R"({"note":"fleet"})"; }

std::string token_of_answer(std::string_view body) {
  auto document = json::Document::parse(body);
  if (!document || !document->root().is_object()) return {};
  return std::string(document->root().find("secret").string().value_or(""));
}

std::string command_request_body(const protocol::NodeId& node) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("node_id", node.text());
  out.member("kind", "agent_update_check");
  out.key("arguments");
  out.begin_object();
  out.end_object();
  out.end_object();
  return body;
}

}  // namespace b3iq::fleet
