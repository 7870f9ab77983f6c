#include "control/commands/command_routes.h"

namespace b3iq::control {

using base::Result;
using base::Task;
using protocol::SignatureTag;

void add_command_routes(http::Router& router, CommandLevels& levels, CommandDispatch& dispatch,
                        std::size_t max_result_bytes) {
  auto poll = [&dispatch](SignedCall& call) -> Task<Result<std::string>> {
    CO_TRY(const auto asked, protocol::decode_poll(call.request.body));
    const SignedAct act{SignatureTag::poll, call.verified, asked.boot_epoch, &call.facts};
    CO_TRY(const auto answer, co_await dispatch.poll(act, asked, call.request.cancel));
    co_return protocol::encode_poll_answer(answer);
  };
  add_signed(router, http::Method::post, "/v1/nodes/{node_id}/commands/poll", "pollCommands",
             levels.poll, protocol::kMaxPollBytes, poll);

  auto result = [&dispatch](SignedCall& call) -> Task<Result<std::string>> {
    CO_TRY(const auto sent, protocol::decode_result_request(call.request.body, call.key));
    const SignedAct act{SignatureTag::result, call.verified, std::nullopt, &call.facts};
    CO_TRY(const auto answer,
           co_await dispatch.result(act, call.request.path_parameters.at(1), sent));
    co_return protocol::encode_result_answer(answer);
  };
  add_signed(router, http::Method::post, "/v1/nodes/{node_id}/commands/{command_id}/result",
             "sendCommandResult", levels.result, max_result_bytes, result);
}

}  // namespace b3iq::control
