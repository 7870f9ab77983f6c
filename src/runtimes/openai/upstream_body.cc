#include "runtimes/openai/upstream_body.h"

#include "inference/json_splice.h"
#include "json/json.h"

namespace b3iq::runtimes {
namespace {

using inference::Edit;
using inference::find_member;
using inference::front_insertion;
using inference::MemberSpan;

constexpr std::string_view kOptionsWithUsage = R"({"include_usage":true})";

void rename_model(const inference::ChatRequest& request, UpstreamBody& out,
                  std::vector<Edit>& edits) {
  const auto member = find_member(request.body, "model");
  if (!member) return;
  json::append_string(out.model, request.runtime_model);
  edits.push_back({member->value_begin, member->value_end, out.model});
}

// The member is there, but does not say include_usage: true.
void amend_stream_options(std::string_view body, const MemberSpan& member,
                          std::vector<Edit>& edits) {
  const std::string_view options =
      body.substr(member.value_begin, member.value_end - member.value_begin);
  if (!options.starts_with('{')) {
    edits.push_back({member.value_begin, member.value_end, kOptionsWithUsage});
    return;
  }
  if (const auto flag = find_member(options, "include_usage")) {
    edits.push_back(
        {member.value_begin + flag->value_begin, member.value_begin + flag->value_end, "true"});
    return;
  }
  const auto front = front_insertion(options);
  const std::size_t at = member.value_begin + front.at;
  edits.push_back(
      {at, at, front.needs_comma ? R"("include_usage":true,)" : R"("include_usage":true)"});
}

void ask_for_usage(const inference::ChatRequest& request, std::vector<Edit>& edits) {
  if (request.has_stream_options) {
    const auto member = find_member(request.body, "stream_options");
    if (member) amend_stream_options(request.body, *member, edits);
    return;
  }
  // A decoded body has members (model, messages), so a comma always follows.
  const std::size_t at = front_insertion(request.body).at;
  edits.push_back({at, at, R"("stream_options":{"include_usage":true},)"});
}

// The caller named no limit (else none would be imposed): the member is absent or null.
void impose_limit(const inference::ChatRequest& request, UpstreamBody& out,
                  std::vector<Edit>& edits) {
  const auto limit = std::to_string(*request.max_tokens);
  if (const auto member = find_member(request.body, "max_tokens")) {
    out.limit = limit;
    edits.push_back({member->value_begin, member->value_end, out.limit});
    return;
  }
  out.limit = "\"max_tokens\":" + limit + ",";
  const std::size_t at = front_insertion(request.body).at;
  edits.push_back({at, at, out.limit});
}

// A caller that names the member in the server's word too means that one.
void rename_repeat_penalty(const inference::ChatRequest& request, std::string_view name,
                           UpstreamBody& out, std::vector<Edit>& edits) {
  const auto member = find_member(request.body, "repeat_penalty");
  if (!member) return;
  if (find_member(request.body, name)) {
    edits.push_back(inference::removal(request.body, *member));
    return;
  }
  json::append_string(out.repeat_penalty, name);
  out.repeat_penalty.push_back(':');
  edits.push_back({member->begin, member->value_begin, out.repeat_penalty});
}

void salt_cache(const inference::ChatRequest& request, UpstreamBody& out,
                std::vector<Edit>& edits) {
  const auto member = find_member(request.body, "cache_salt");
  if (!member) {
    out.cache_salt.append("\"cache_salt\":\"").append(request.cache_partition).append("\",");
    const std::size_t at = front_insertion(request.body).at;
    edits.push_back({at, at, out.cache_salt});
  } else if (request.body[member->value_begin] == '"') {
    out.cache_salt.append(request.cache_partition).append("-");
    const std::size_t at = member->value_begin + 1;
    edits.push_back({at, at, out.cache_salt});
  } else {
    out.cache_salt.append("\"").append(request.cache_partition).append("\"");
    edits.push_back({member->value_begin, member->value_end, out.cache_salt});
  }
}

}  // namespace

void make_upstream_body(const inference::ChatRequest& request, ServerProfile profile,
                        UpstreamBody& out) {
  std::vector<Edit> edits;
  if (!request.runtime_model.empty() && request.runtime_model != request.model) {
    rename_model(request, out, edits);
  }
  if (request.stream && !request.include_usage) ask_for_usage(request, edits);
  if (request.max_tokens_imposed) impose_limit(request, out, edits);
  const auto penalty_name = repeat_penalty_name(profile);
  if (!penalty_name.empty() && request.sampling.repeat_penalty) {
    rename_repeat_penalty(request, penalty_name, out, edits);
  }
  if (takes_cache_salt(profile) && !request.cache_partition.empty())
    salt_cache(request, out, edits);
  if (request.has_b3iq) {
    const auto member = find_member(request.body, "b3iq");
    if (member) edits.push_back(inference::removal(request.body, *member));
  }
  if (edits.empty()) {
    out.pieces.push_back(request.body);
  } else {
    out.pieces = inference::splice(request.body, std::move(edits));
  }
}

}  // namespace b3iq::runtimes
