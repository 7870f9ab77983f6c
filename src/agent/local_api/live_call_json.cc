#include "agent/local_api/live_call_json.h"

namespace b3iq::agent {

void write_live_call(json::Writer& w, const ModelCall& call, std::int64_t now_ns) {
  w.begin_object();
  w.member("id", call.id());
  w.member("account", call.account());
  w.member("model", call.target().id);
  w.member("runtime", call.target().runtime->id());
  w.member("stream", call.streamed());
  w.member("state", call_stage_name(call.stage()));
  w.member("age_ms", (now_ns - call.started_ns()) / 1'000'000);
  w.member("tokens", call.produced_tokens());
  const auto generating_ns = call.first_token_ns() ? now_ns - call.first_token_ns() : 0;
  w.key("tokens_per_second");
  if (generating_ns > 0 && call.produced_tokens() > 1) {
    w.value(static_cast<double>(call.produced_tokens() - 1) * 1e9 /
            static_cast<double>(generating_ns));
  } else {
    w.null();
  }
  w.end_object();
}

}  // namespace b3iq::agent
