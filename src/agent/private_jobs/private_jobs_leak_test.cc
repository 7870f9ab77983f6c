// A marker in the prompt and one in the answer, looked for in everything that a node leaves behind.
#include <fcntl.h>
#include <unistd.h>

#include <set>

#include "agent/private_jobs/opened_job_store.h"
#include "agent/private_jobs/private_jobs_fixture.h"
#include "base/log.h"

namespace b3iq::agent {
namespace {

const std::string kAsked = "MARKER-ASKED-4711";
const std::string kSaid = "MARKER-SAID-0815";

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class PrivateJobLeakTest : public PrivateJobsFixture {
 protected:
  PrivateJobLeakTest() {
    log_fd_ = ::open((home_.root + "/node.log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    base::configure_log(base::LogLevel::debug, base::LogFormat::json, log_fd_);
  }
  ~PrivateJobLeakTest() override {
    base::configure_log(base::LogLevel::info, base::LogFormat::text);
    ::close(log_fd_);
  }

  // Where a marker, or what base64 makes of the middle of it, stands: files of the home with their
  // path, "metrics", "requests", "wire" and "frames" (what the control plane got).
  std::set<std::string> places() {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(home_.root))
      if (entry.is_regular_file())
        look(content_of(entry.path()), entry.path().filename().string(), found);
    look(registry_.text(), "metrics", found);
    for (const auto& document : control_->documents) look(document, "wire", found);
    for (const auto& [job, frames] : control_->streams)
      for (const auto& frame : frames) look(frame, "frames", found);
    if (requests_.content().bytes() > 0) found.insert("requests");
    return found;
  }
  // Each way that a job can go, with the markers.
  void run_jobs() {
    const auto done = seal(chat(kAsked));
    runtime_.pieces = {kSaid, " and ", kSaid};
    give(done);
    EXPECT_NE(open_answer(done).answer.body.find(kSaid), std::string::npos);
    const auto streamed = seal(chat(kAsked, R"(,"stream":true)"));
    EXPECT_NE(open_answer(streamed, give(streamed)).answer.body.find(kSaid), std::string::npos);
    EXPECT_FALSE(control_->streams[streamed.arguments.job_id.text()].empty());
    runtime_.dies_at = 2;  // its error quotes the prompt
    const auto broken = seal(chat(kAsked));
    give(broken);
    EXPECT_NE(open_answer(broken, 2).answer.body.find(kAsked), std::string::npos);
    runtime_.dies_at = 0;
    give(seal(chat(kAsked)));
    EXPECT_EQ(failure(3), base::ErrorCode::upstream_failed);
    runtime_.dies_at.reset();
    const auto refused = seal(chat(kAsked, R"(,"temperature":")" + kAsked + "\""));
    give(refused);
    EXPECT_EQ(open_answer(refused, 4).answer.status, protocol::AnswerStatus::failed);
    runtime_.refuses = base::Error(base::ErrorCode::context_length_exceeded, kAsked);
    give(seal(chat(kAsked)));
    runtime_.refuses.reset();
    give(seal(chat(kAsked, R"(,"stream":true)")));
    control_->closed_streams = true;
    give(seal(chat(kAsked, R"(,"stream":true)")));
    EXPECT_FALSE(control_->streams.empty());
    ASSERT_TRUE(reach([this] { return service_->report().pending == 0 && audit_->idle(); }));
  }

 private:
  static void look(const std::string& text, const std::string& where,
                   std::set<std::string>& found) {
    for (const auto& marker : {kAsked, kSaid}) {
      if (text.find(marker) != std::string::npos) found.insert(where);
      // As a piece of base64 shows it, at each of its three places in a group.
      for (std::size_t at = 0; at < 3; ++at) {
        const auto inside = base::to_base64url(base::as_bytes(marker.substr(at, 12)));
        if (text.find(inside) != std::string::npos) found.insert(where);
      }
    }
  }
  int log_fd_ = -1;
};

// G5-68, G12-134.
TEST_F(PrivateJobLeakTest, G5_68_G12_134_NothingOfAPromptOrAnAnswerIsLeftOutsideOfMemory) {
  join({"private_inference"});
  run_jobs();
  EXPECT_EQ(places(), std::set<std::string>());
  // The owner sees that they were there, and no content, though content is kept of other calls.
  const auto listed = requests_.list({});
  ASSERT_GE(listed.size(), 5u);
  for (const auto* call : listed) {
    EXPECT_EQ(call->account(), kPrivateJobAccount);
    EXPECT_EQ(call->operation, "private_inference");
  }
  EXPECT_TRUE(requests_.content().on());
  EXPECT_EQ(requests_.content().count(), 0u);
  // What was looked through is what a node writes.
  for (const auto* event : {"call.ended", "private_job.stream_given_up"})
    EXPECT_NE(content_of(home_.root + "/node.log").find(event), std::string::npos) << event;
  EXPECT_GT(std::filesystem::file_size(home_.database()), 0u);
  restart_node();
  EXPECT_EQ(places(), std::set<std::string>());
}

// The search finds what is there.
TEST_F(PrivateJobLeakTest, G5_68_APlantedMarkerIsFoundInEachPlace) {
  join({"private_inference"});
  base::log(base::LogLevel::info, "test.leak", {{"text", std::string_view(kSaid)}});
  EXPECT_EQ(places(), std::set<std::string>{"node.log"});
  KeySpec spec;
  spec.name = kAsked;
  ASSERT_TRUE(run_task(loop_, keys_->create(spec, "operator")).ok());
  ASSERT_TRUE(reach([this] { return audit_->idle(); }));
  const auto database = std::filesystem::path(home_.database()).filename().string();
  const auto found = places();
  EXPECT_TRUE(found.contains(database) || found.contains(database + "-wal"));
  std::ofstream(home_.root + "/encoded") << base::to_base64url(base::as_bytes("xx" + kSaid));
  EXPECT_TRUE(places().contains("encoded"));
  registry_.counter(kAsked, "planted").add();
  EXPECT_TRUE(places().contains("metrics"));
  control_->streams["job"].push_back(base::to_base64url(base::as_bytes("data: " + kSaid)));
  EXPECT_TRUE(places().contains("frames"));
  auto content = requests_.content().begin(kAsked);
  requests_.content().keep(1, std::move(content));
  EXPECT_TRUE(places().contains("requests"));
}

TEST_F(PrivateJobLeakTest, G12_135_NothingOfAJobBecomesALabel) {
  join({"private_inference"});
  const auto series = [this] {
    std::set<std::string> names;
    const auto text = registry_.text();
    for (std::string_view rest = text; !rest.empty();) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (!line.starts_with('#')) names.emplace(line.substr(0, line.rfind(' ')));
    }
    return names;
  };
  run_jobs();
  const auto before = series();
  for (int i = 0; i < 20; ++i) {
    const auto odd = "odd7f3a-" + std::to_string(i);
    give(seal(R"({"model":")" + odd + R"(","messages":[{"role":"user","content":"x"}]})", odd));
    give(seal(chat(odd, R"(,"user":")" + odd + R"(","stream":true)")));
  }
  EXPECT_EQ(series(), before);
  EXPECT_EQ(registry_.text().find("odd7f3a"), std::string::npos);
}

TEST_F(PrivateJobLeakTest, OpenedRequestsAreRememberedUpToABound) {
  const auto note = [this](std::uint8_t number, std::int64_t most) {
    crypto::X25519PublicKey key;
    key.bytes.fill(number);
    const auto name = "job_" + std::to_string(number);
    return database_
        ->write_blocking(
            [&](storage::Transaction& tx) { return insert_opened_job(tx, key, name, most); })
        .ok();
  };
  for (std::uint8_t i = 1; i <= 4; ++i) EXPECT_TRUE(note(i, 3));
  for (std::uint8_t i = 2; i <= 4; ++i) EXPECT_FALSE(note(i, 3)) << int{i};
  EXPECT_TRUE(note(1, 3));  // the oldest is forgotten
}

}  // namespace
}  // namespace b3iq::agent
