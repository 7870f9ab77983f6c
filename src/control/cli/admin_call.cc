#include "control/cli/admin_call.h"

namespace b3iq::control {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// "2026-11-22T09:30:00.123Z" without its fraction; other texts as they are.
std::string short_time(std::string_view text) {
  const bool time = text.size() == 24 && text[10] == 'T' && text[19] == '.' && text[23] == 'Z';
  return time ? std::string(text.substr(0, 19)) + "Z" : std::string(text);
}

// What an answer says that did nothing yet, because a second person has to approve it.
std::optional<std::string> next_step_of(std::string_view body) {
  const auto document = json::Document::parse(body);
  if (!document.ok() || document->root().find("object").string() != "approval_needed")
    return std::nullopt;
  const auto approval = document->root().find("approval");
  return fmt::format(
      "Nothing was done yet: {} needs a second person. Another one approves it, until {}:\n"
      "  b3iq-control-plane admin approvals approve {}\nThen repeat this command with "
      "--approval {}",
      cell_text(approval.find("act")), cell_text(approval.find("expires_at")),
      cell_text(approval.find("id")), cell_text(approval.find("id")));
}

}  // namespace

AdminAnswer call_admin(const AdminOptions& options, http::Method method, std::string_view path,
                       std::string_view body) {
  auto channel = AdminChannel::open(options.target);
  if (!channel.ok()) return {cli::print_error(channel.error()), {}};
  auto answer = (*channel)->call(method, path, body);
  if (!answer.ok()) return {cli::print_error(answer.error()), {}};
  if (const auto next = next_step_of(*answer)) {
    if (options.form == OutputForm::json) fmt::print("{}\n", *answer);
    fmt::print(stderr, "{}\n", *next);
    return {cli::kExitRefused, {}};
  }
  return {cli::kExitOk, std::move(answer).value()};
}

std::string cell_text(json::Value value) {
  if (const auto text = value.string()) return text->empty() ? "-" : short_time(*text);
  if (value.is_null()) return "-";
  if (!value.is_array()) return value.to_text();
  std::string list;
  for (std::size_t i = 0; i < value.size(); ++i)
    list += (list.empty() ? "" : ",") + std::string(value.at(i).string().value_or("?"));
  return list.empty() ? "-" : list;
}

void print_list(json::Value root, const Columns& columns, std::string_view nothing) {
  const auto data = root.find("data");
  if (data.size() == 0) {
    fmt::print("{}\n", nothing);
    return;
  }
  std::vector<std::vector<std::string>> rows(1);
  for (const auto& [heading, member] : columns) rows[0].emplace_back(heading);
  for (std::size_t i = 0; i < data.size(); ++i) {
    auto& row = rows.emplace_back();
    for (const auto& [heading, member] : columns) row.push_back(cell_text(data.at(i).find(member)));
  }
  cli::print_table(rows);
  for (const auto* name : {"next_after", "next_before"}) {
    if (const auto next = root.find(name).string())
      fmt::print(stderr, "There are more: add --{} {}\n", std::string_view(name).substr(5), *next);
  }
}

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string query_of(std::initializer_list<std::pair<std::string_view, std::string>> parameters) {
  std::string query;
  for (const auto& [name, value] : parameters)
    if (!value.empty())
      query += fmt::format("{}{}={}", query.empty() ? "?" : "&", name, encoded(value));
  return query;
}

std::string body_of(std::initializer_list<std::pair<std::string_view, std::string_view>> texts) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  for (const auto& [name, value] : texts)
    if (!value.empty()) w.member(name, value);
  w.end_object();
  return body;
}

}  // namespace b3iq::control
