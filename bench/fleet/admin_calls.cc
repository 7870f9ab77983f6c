#include "admin_calls.h"

#include "json/json.h"

namespace b3iq::fleet {
namespace {

// The text of the string member `name` of the answer, or of `object` in it.
std::string text_of(std::string_view body, std::string_view object, std::string_view name) {
  auto document = json::Document::parse(body);
  if (!document) return {};
  json::Value root = document->root();
  if (!root.is_object()) return {};
  if (const json::Value inner = root.find(object); inner.is_object()) root = inner;
  return std::string(root.find(name).string().value_or(""));
}

}  // namespace

std::string token_request_body() { return R"({"note":"fleet"})"; }

std::string token_of_answer(std::string_view body) { return text_of(body, "", "secret"); }

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

std::optional<protocol::CommandId> command_of_answer(std::string_view body) {
  auto id = protocol::CommandId::parse(text_of(body, "command", "command_id"));
  if (!id) return std::nullopt;
  return std::move(id).value();
}

}  // namespace b3iq::fleet
