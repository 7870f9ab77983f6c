#include "agent/cli/setup_call.h"

#include "agent/cli/api_channel.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {

namespace {

CallOutcome call_on(ApiChannel& channel, http::Method method, std::string_view path,
                    std::string_view body) {
  auto answer = channel.call(method, path, body);
  if (!answer.ok()) return {print_error(answer.error()), {}};
  if (!json::Document::parse(answer->body).ok()) {
    return {print_error(base::Error(base::ErrorCode::upstream_failed,
                                    "The node's answer is no JSON. Is another program listening "
                                    "at its address?")),
            {}};
  }
  return {kExitOk, std::move(answer->body)};
}

}  // namespace

CallOutcome call_setup_api(const Home& home, http::Method method, std::string_view path,
                           std::string_view body) {
  auto channel = ApiChannel::open(home);
  if (!channel.ok()) return {print_error(channel.error()), {}};
  return call_on(**channel, method, path, body);
}

CallOutcome call_serving_node(const Home& home, http::Method method, std::string_view path,
                              std::string_view body) {
  auto channel = ApiChannel::open(home);
  if (!channel.ok()) return {print_error(channel.error()), {}};
  if (!(*channel)->running()) {
    return {print_error(base::Error(
                base::ErrorCode::runtime_unreachable,
                fmt::format("No node serves {}, and only a serving one can do this. Start it: "
                            "b3iq-host serve",
                            home.root))),
            {}};
  }
  return call_on(**channel, method, path, body);
}

std::string text_of(json::Value value) { return std::string(value.string().value_or("")); }

std::string time_text(json::Value value) {
  const auto text = value.string();
  return text ? std::string(text->substr(0, 19)) + "Z" : "-";
}

}  // namespace b3iq::agent
