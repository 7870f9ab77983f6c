#include "protocol/error_json.h"

#include "json/json.h"

namespace b3iq::protocol {
namespace {

std::string_view detail_of(const base::Error& error, const base::ErrorInfo& info) {
  return error.detail.empty() ? info.title : std::string_view(error.detail);
}

void write_native_members(json::Writer& w, const base::Error& error, const base::ErrorInfo& info) {
  w.member("status", info.http_status);
  w.member("title", info.title);
  w.member("detail", detail_of(error, info));
  w.member("code", info.wire_name);
}

}  // namespace

std::string openai_error_body(const base::Error& error, std::string_view /*request_id*/) {
  const base::ErrorInfo& info = base::error_info(error.code);
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.key("error");
  w.begin_object();
  w.member("message", detail_of(error, info));
  w.member("type", info.openai_type);
  w.key("param");
  if (error.param.empty()) {
    w.null();
  } else {
    w.value(error.param);
  }
  w.member("code", info.wire_name);
  w.key("b3iq");
  w.begin_object();
  write_native_members(w, error, info);
  w.end_object();
  w.end_object();
  w.end_object();
  return out;
}

std::string native_error_body(const base::Error& error, std::string_view request_id) {
  const base::ErrorInfo& info = base::error_info(error.code);
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.key("error");
  w.begin_object();
  write_native_members(w, error, info);
  if (!error.param.empty()) w.member("param", error.param);
  if (!request_id.empty()) w.member("instance", request_id);
  w.end_object();
  w.end_object();
  return out;
}

}  // namespace b3iq::protocol
