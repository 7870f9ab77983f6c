#include "runtimes/embedded/worker/token_choice.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <numeric>
#include <span>
#include <vector>

#include "runtimes/embedded/worker/agent_link.h"
#include "runtimes/embedded/worker/work_limit.h"

namespace b3iq::runtimes::worker {
namespace {

constexpr std::size_t kPieceBytes = 128;

std::span<const float> logits_at(llama_context* context, int index) {
  const llama_vocab* vocab = llama_model_get_vocab(llama_get_model(context));
  return {llama_get_logits_ith(context, index),
          static_cast<std::size_t>(llama_vocab_n_tokens(vocab))};
}

base::Error no_token(std::string why) {
  return {base::ErrorCode::upstream_failed,
          "The model cannot continue within the required format: " + std::move(why)};
}

base::Error too_slow() {
  return {
      base::ErrorCode::invalid_request,
      "The required format takes too long to follow: more than " +
          std::to_string(kMaxChoiceUs / 1'000'000) +
          " s for a token. Ask for a simpler one: fewer values of 'enum', fewer properties that "
          "are not required, simpler patterns."};
}

base::Result<llama_token> sample(llama_context* context, int index, PreparedRequest& request) {
  common_sampler* sampler = request.sampler.get();
  try {
    llama_token token = common_sampler_sample(sampler, context, index);
    if (request.constrained) {
      // With every token masked out, the library would accept an impossible one and abort.
      const llama_token_data_array* candidates = common_sampler_get_candidates(sampler, false);
      if (candidates->selected < 0 ||
          static_cast<std::size_t>(candidates->selected) >= candidates->size ||
          candidates->data[candidates->selected].logit == -INFINITY) {
        return no_token("no token of its vocabulary fits.");
      }
    }
    common_sampler_accept(sampler, token, true);
    return token;
  } catch (const WorkTooLong&) {
    return too_slow();
  } catch (const std::exception& error) {
    return no_token(printable(error.what()));
  }
}

}  // namespace

base::Result<llama_token> choose_token(llama_context* context, int index,
                                       PreparedRequest& request) {
  if (request.greedy) {
    auto logits = logits_at(context, index);
    return static_cast<llama_token>(std::max_element(logits.begin(), logits.end()) -
                                    logits.begin());
  }
  if (!request.constrained) return sample(context, index, request);
  WorkLimit limit(request.choice_left_us);
  auto token = sample(context, index, request);
  request.choice_left_us =
      std::min(kMaxChoiceUs, request.choice_left_us + kChoiceShareUs - limit.spent_us());
  if (request.choice_left_us <= 0) return too_slow();
  return token;
}

inference::TokenLogprob token_logprob(llama_context* context, int index, llama_token chosen,
                                      std::uint32_t top) {
  auto logits = logits_at(context, index);
  const float highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits) sum += std::exp(static_cast<double>(logit - highest));
  const double log_sum = std::log(sum) + highest;

  const llama_vocab* vocab = llama_model_get_vocab(llama_get_model(context));
  std::string buffer;
  auto entry = [&](llama_token token) {
    return std::pair<std::string, double>(
        token_piece(vocab, token, true, buffer),
        static_cast<double>(logits[static_cast<std::size_t>(token)]) - log_sum);
  };
  inference::TokenLogprob result;
  std::tie(result.token, result.logprob) = entry(chosen);
  if (top == 0) return result;
  std::vector<llama_token> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  auto count = static_cast<std::ptrdiff_t>(std::min<std::size_t>(top, order.size()));
  std::partial_sort(
      order.begin(), order.begin() + count, order.end(), [&](llama_token a, llama_token b) {
        return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)];
      });
  for (std::ptrdiff_t i = 0; i < count; ++i)
    result.top.push_back(entry(order[static_cast<std::size_t>(i)]));
  return result;
}

std::string_view token_piece(const llama_vocab* vocab, llama_token token, bool special,
                             std::string& buffer) {
  if (buffer.size() < kPieceBytes) buffer.resize(kPieceBytes);
  int length = llama_token_to_piece(vocab, token, buffer.data(),
                                    static_cast<std::int32_t>(buffer.size()), 0, special);
  if (length < 0) {
    buffer.resize(static_cast<std::size_t>(-length));
    length = llama_token_to_piece(vocab, token, buffer.data(),
                                  static_cast<std::int32_t>(buffer.size()), 0, special);
  }
  return {buffer.data(), static_cast<std::size_t>(std::max(0, length))};
}

}  // namespace b3iq::runtimes::worker
