#include "agent/request_log/request_log_routes.h"

#include <fmt/format.h>

#include <limits>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/local_api/query.h"
#include "base/clock.h"
#include "config/option_value.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 1024;
constexpr std::int64_t kMaxPage = 200;

Result<RequestLog::Query> parse_query(std::string_view text) {
  RequestLog::Query query;
  TRY_OK(each_parameter(text, [&query](std::string_view name, std::string_view value) -> Status {
    if (name == "limit") {
      TRY(const auto limit, integer_parameter(name, value, 1, kMaxPage));
      query.limit = static_cast<std::size_t>(limit);
    } else if (name == "before") {
      TRY(const auto before,
          integer_parameter(name, value, 1, std::numeric_limits<std::int64_t>::max()));
      query.before_seq = static_cast<std::uint64_t>(before);
    } else if (name == "outcome") {
      query.outcome = outcome_from_name(value);
      if (!query.outcome) {
        return Error(ErrorCode::invalid_request, "outcome is ok, error or cancelled.", "outcome");
      }
    } else if (name == "account") {
      query.account = decoded_parameter(value);
    } else if (name == "model") {
      query.model = decoded_parameter(value);
    } else {
      return Error(ErrorCode::invalid_request,
                   "The query takes limit, before, outcome, account and model.", std::string(name));
    }
    return {};
  }));
  return query;
}

void write_text_or_null(json::Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  if (text.empty()) {
    w.null();
  } else {
    w.value(text);
  }
}

void write_seen(json::Writer& w, std::string_view name, std::int64_t ms) {
  w.key(name);
  if (ms == kNotSeen) {
    w.null();
  } else {
    w.value(ms);
  }
}

void write_entry(json::Writer& w, const RequestLogRoutes& self, const LoggedRequest& entry) {
  const auto named = self.names.of(entry.account());
  w.begin_object();
  w.member("id", entry.id());
  w.member("request_id", entry.request_id());
  w.member("at", base::format_rfc3339(entry.at_ms));
  w.member("operation", entry.operation);
  w.member("account", entry.account());
  w.member("account_name", named.name);
  w.member("user", named.user);
  w.member("model", entry.model());
  write_text_or_null(w, "runtime_kind", entry.runtime_kind());
  w.member("stream", entry.streamed);
  w.member("status", entry.status);
  w.member("outcome", outcome_name(entry.outcome));
  write_text_or_null(w, "error_code",
                     entry.error ? base::error_info(*entry.error).wire_name : std::string_view());
  w.member("prompt_tokens", entry.prompt_tokens);
  w.member("completion_tokens", entry.completion_tokens);
  write_seen(w, "queued_ms", entry.queued_ms);
  write_seen(w, "first_token_ms", entry.first_token_ms);
  w.member("duration_ms", entry.duration_ms);
  write_text_or_null(w, "finish_reason",
                     entry.finish ? inference::finish_name(*entry.finish) : std::string_view());
  write_text_or_null(w, "receipt_hash", entry.receipt_hash());
  w.member("has_content", self.service.log().content().find(entry.seq) != nullptr);
  w.member("count", entry.count);
  w.member("last_at", base::format_rfc3339(entry.last_at_ms));
  w.end_object();
}

Result<Response> list(const RequestLogRoutes& self, const http::Request& request) {
  TRY(auto query, parse_query(request.query));
  // One more than asked tells whether there is a next page.
  const auto limit = query.limit++;
  auto entries = self.service.log().list(query);
  const bool more = entries.size() > limit;
  if (more) entries.pop_back();
  return list_answer(
      entries,
      [&self](json::Writer& w, const LoggedRequest* entry) { write_entry(w, self, *entry); },
      [&](json::Writer& w) {
        w.member("has_more", more);
        write_text_or_null(w, "next_before",
                           more ? fmt::format("{}", entries.back()->seq) : std::string());
      });
}

Response state(const RequestLogService& service) {
  return object_answer([&](json::Writer& w) {
    const auto& log = service.log();
    w.member("object", "request_log");
    w.member("kept", static_cast<std::uint64_t>(log.kept()));
    w.member("max_kept", static_cast<std::uint64_t>(log.max_kept()));
    w.key("content");
    w.begin_object();
    const auto until = service.content_until_ms();
    w.member("on", until.has_value());
    write_text_or_null(w, "until", until ? base::format_rfc3339(*until) : std::string());
    w.member("kept", static_cast<std::uint64_t>(log.content().count()));
    w.member("bytes", static_cast<std::uint64_t>(log.content().bytes()));
    w.member("max_bytes", static_cast<std::uint64_t>(kMaxKeptContent));
    w.end_object();
  });
}

struct Wish {
  bool content = false;
  std::int64_t for_ms = kDefaultContentMs;
};

Result<Wish> read_wish(std::string_view body) {
  TRY(const auto document, json::Document::parse(body));
  const auto root = document.root();
  const auto content = root.find("content").boolean();
  if (!root.is_object() || !content) {
    return Error(ErrorCode::invalid_request, "'content' must be true or false.", "content");
  }
  Wish wish{*content};
  const auto wanted = root.find("for");
  if (!wanted) return wish;
  const config::Option option{
      .name = "for", .type = config::Type::duration, .min = 1'000, .max = kMaxContentMs};
  auto parsed = config::parse_json(option, wanted);
  if (!parsed.ok() || !wish.content) {
    return Error(ErrorCode::invalid_request,
                 "'for' is a time from 1s to 24h, such as \"1h\", beside \"content\": true.",
                 "for");
  }
  wish.for_ms = std::get<std::int64_t>(*parsed);
  return wish;
}

Task<Result<Response>> change(const RequestLogRoutes& self, const http::Request& request,
                              std::string actor) {
  CO_TRY(const auto wish, read_wish(request.body));
  if (wish.content) {
    CO_TRY_OK(co_await self.service.keep_content(wish.for_ms, std::move(actor)));
  } else {
    CO_TRY_OK(co_await self.service.drop_content(std::move(actor)));
  }
  co_return state(self.service);
}

Task<Result<Response>> content(const RequestLogRoutes& self, const http::Request& request,
                               std::string actor) {
  std::string id(request.path_parameters.at(0));
  CO_TRY(const auto* kept, co_await self.service.read_content(id, std::move(actor)));
  auto response = object_answer([&](json::Writer& w) {
    w.member("object", "request_content");
    w.member("id", id);
    w.member("request", kept->request());
    w.member("answer", kept->answer());
    w.member("truncated", kept->truncated());
  });
  response.headers.push_back({"Cache-Control", "no-store"});
  co_return response;
}

}  // namespace

void RequestLogRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  router.add(Method::get, "/setup/v1/requests", "listRequests", levels.viewer, native_error, 0,
             [self](http::Request& request, const Principal&) -> Task<Result<Response>> {
               co_return list(self, request);
             });
  router.add(Method::get, "/setup/v1/requests/{request}/content", "getRequestContent", levels.owner,
             native_error, 0, [self](http::Request& request, const Principal& caller) {
               return content(self, request, std::string(caller.account()));
             });
  router.add(Method::get, "/setup/v1/request-log", "getRequestLog", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return state(self.service);
             });
  router.add(Method::post, "/setup/v1/request-log", "setRequestLog", levels.owner, native_error,
             kMaxBody, [self](http::Request& request, const Principal& caller) {
               return change(self, request, std::string(caller.account()));
             });
}

}  // namespace b3iq::agent
