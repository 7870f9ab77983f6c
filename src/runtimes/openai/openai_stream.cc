#include "runtimes/openai/openai_stream.h"

#include <utility>

namespace b3iq::runtimes {
OpenAiStream::OpenAiStream(std::shared_ptr<TrailingBodies> trailing,
                           inference::UsageChunk usage_chunk, base::CancelToken cancel)
    : trailing_(std::move(trailing)),
      source_(std::make_shared<base::CancelSource>()),
      relay_(usage_chunk) {
  cancel.on_cancel(on_cancel_, [source = source_.get()] { source->cancel(); });
}

base::Task<base::Result<const inference::StreamStep*>> OpenAiStream::next() {
  while (!last_given_) {
    CO_TRY(const auto run, relay_.next());
    if (!run.events.empty()) {
      step_.sse = run.events;
      step_.sse_content_events = run.content.events;
      step_.sse_text_bytes = run.content.text_bytes;
      co_return &step_;
    }
    if (relay_.done()) co_return last_step();
    CO_TRY(const std::string_view bytes, co_await response_->read_some());
    if (bytes.empty()) {
      CO_TRY_OK(relay_.close());
    } else {
      relay_.feed(bytes);
    }
  }
  co_return static_cast<const inference::StreamStep*>(nullptr);
}

const inference::StreamStep* OpenAiStream::last_step() {
  step_ = {};
  step_.sse_tail = relay_.tail();
  step_.sse_content_events = relay_.tail_content().events;
  step_.sse_text_bytes = relay_.tail_content().text_bytes;
  step_.finish = relay_.finish();
  step_.usage = relay_.usage();
  last_given_ = true;
  TrailingBodies::finish(trailing_, source_, std::move(response_));
  return &step_;
}

}  // namespace b3iq::runtimes
