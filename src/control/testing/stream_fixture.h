// Tests only: nodes that stream private jobs and customers that read along, on each database.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/join.h"
#include "control/private_jobs/frame_store.h"
#include "control/testing/private_job_fixture.h"
#include "protocol/messages/stream_frames.h"
#include "protocol/private/sealed_chunk.h"

namespace b3iq::control {

class StreamFixture : public PrivateJobFixture {
 protected:
  static std::string frame(std::uint32_t number, bool is_last = false, std::size_t bytes = 24) {
    protocol::SealedChunk chunk;
    chunk.number = number;
    chunk.is_last = is_last;
    chunk.ciphertext.assign(bytes, 7);
    return protocol::encode_sealed_chunk(chunk);
  }
  static protocol::StreamFrames frames(const protocol::JobId& job, std::uint32_t first,
                                       std::uint32_t end) {
    protocol::StreamFrames out{job, first, {}};
    for (auto number = first; number < end; ++number) out.frames.push_back(frame(number));
    return out;
  }
  TestRequest frames_request(TestNode& by,
                             const std::vector<protocol::StreamFrames>& streams) const {
    return by.sign(protocol::SignatureTag::frames, http::Method::post,
                   protocol::frames_path(by.id()), protocol::encode_stream_frames(streams),
                   audience());
  }
  protocol::StreamTaken bring_frames(TestNode& by, const protocol::StreamFrames& stream) {
    const auto answer = send(frames_request(by, {stream}));
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto taken = protocol::decode_stream_frames_answer(answer.body);
    EXPECT_TRUE(taken.ok());
    return taken.ok() ? taken->at(0) : protocol::StreamTaken{};
  }
  TestRequest streaming(const std::string& job, const std::string& query = "") const {
    auto request =
        test_request(ada(), http::Method::get, "/v1/private-inference/jobs/" + job + "/stream");
    request.query = query;
    return request;
  }
  static std::string event(std::uint32_t number) {
    return "id: " + std::to_string(number) + "\ndata: " + frame(number) + "\n\n";
  }
  static std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
      ++found;
    return found;
  }
  base::Task<void> reach(std::function<bool()> condition) {
    for (int turn = 0; turn < 15'000 && !condition(); ++turn) co_await app().loop().sleep(2);
    EXPECT_TRUE(condition());
  }
  static base::Task<bool> joined(std::vector<base::Task<void>> tasks) {
    co_await base::join_all(std::move(tasks));
    co_return true;
  }
  // Reads the stream while `act` goes on.
  TestAnswer read_while(const TestRequest& request,
                        std::function<base::Task<void>(TestAnswer&)> act) {
    TestAnswer answer;
    std::vector<base::Task<void>> tasks;
    tasks.push_back(keep_answer(app(), request, answer));
    tasks.push_back(act(answer));
    run(joined(std::move(tasks)));
    return answer;
  }
  // The number that a statement reads.
  std::int64_t number_of(const storage::Statement& statement) {
    std::int64_t out = -1;
    const auto look = [&](storage::Transaction& tx) -> base::Task<base::Status> {
      auto take = [&out](const storage::Row& row) {
        out = row.integer(0);
        return false;
      };
      co_return co_await tx.query(statement, {}, std::move(take));
    };
    EXPECT_TRUE(app().database().read_blocking(look).ok());
    return out;
  }
  std::int64_t rows_of_streams() {
    static constexpr storage::Statement kCount{"SELECT COUNT(*) FROM private_streams"};
    return number_of(kCount);
  }
  std::int64_t rows_of_frames() {
    static constexpr storage::Statement kCount{"SELECT COUNT(*) FROM private_frames"};
    return number_of(kCount);
  }
};

}  // namespace b3iq::control
