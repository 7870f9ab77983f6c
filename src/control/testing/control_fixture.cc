#include "control/testing/control_fixture.h"

#include <algorithm>

#include "base/join.h"
#include "protocol/messages/managed_paths.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::control {

using base::Task;
using protocol::SignatureTag;

std::optional<base::ErrorCode> TestAnswer::code() const {
  if (status < 400) return std::nullopt;
  return error().code;
}

TestNode::Seed TestNode::new_seed() {
  Seed seed;
  base::system_random().fill(seed);
  return seed;
}

TestNode TestNode::clone_machine() const {
  TestNode copy(clock_, seed_);
  copy.boot_epoch = boot_epoch;
  copy.last_sequence = last_sequence;
  return copy;
}

TestRequest TestNode::sign(SignatureTag tag, http::Method method, std::string path,
                           std::string body, const protocol::ControlPlaneId& audience,
                           std::int64_t sequence) {
  if (sequence == 0) sequence = last_sequence = std::max(last_sequence + 1, clock_.wall_ms());
  TestRequest request{method, std::move(path), "", std::move(body), {}};
  const auto headers =
      protocol::sign_request({http::method_name(method), request.path, request.query, request.body},
                             {tag, audience, sequence, clock_.wall_ms() / 1000 + clock_offset_s},
                             identity, base::system_random());
  request.headers = {{"Content-Digest", headers.content_digest},
                     {"B3IQ-Audience", headers.audience},
                     {"B3IQ-Sequence", headers.sequence},
                     {"Signature-Input", headers.signature_input},
                     {"Signature", headers.signature}};
  return request;
}

protocol::Heartbeat TestNode::heartbeat() const {
  protocol::Heartbeat heartbeat;
  heartbeat.boot_epoch = boot_epoch;
  heartbeat.status = protocol::NodeStatus::ready;
  heartbeat.agent_version = "1.0.0";
  return heartbeat;
}

TestRequest TestNode::heartbeat_request(const protocol::ControlPlaneId& audience,
                                        std::int64_t sequence) {
  return sign(SignatureTag::heartbeat, http::Method::post, protocol::heartbeats_path(id()),
              protocol::encode_heartbeat(heartbeat()), audience, sequence);
}

TestRequest TestNode::challenge_request(const std::string& token) const {
  const protocol::ChallengeRequest asked{id(), identity.public_key(), crypto::Secret(token)};
  return {http::Method::post,
          std::string(protocol::kChallengesPath),
          "",
          protocol::encode_challenge_request(asked),
          {}};
}

TestRequest TestNode::enrollment_request(const protocol::Challenge& challenge) {
  protocol::EnrollmentStatement statement;
  statement.challenge_id = challenge.challenge_id;
  statement.challenge_nonce = challenge.nonce;
  statement.control_plane_id = challenge.control_plane_id;
  statement.transport_key = protocol::bind_transport_key(identity, transport_key.public_key(),
                                                         clock_.wall_ms(), 86'400'000);
  statement.agent_version = "1.0.0";
  statement.boot_epoch = boot_epoch;
  return sign(SignatureTag::enroll, http::Method::post, std::string(protocol::kEnrollmentPath),
              protocol::encode_enrollment(statement, identity), challenge.control_plane_id);
}

ControlTest::ControlTest() : home_{folder_.file("home")} {}
ControlTest::~ControlTest() = default;

ControlSettings ControlTest::settings() const {
  ControlSettings settings;
  settings.limits.enrollment_per_minute = 0;
  settings.limits.node_per_minute = 0;
  if (!postgres_uri_.empty()) settings.database_uri = crypto::Secret(postgres_uri_);
  return settings;
}

void ControlTest::SetUp() {
  if (GetParam() == TestDatabase::postgres) {
    auto* const server = storage::TestPostgres::shared();
    ASSERT_NE(server, nullptr);
    postgres_uri_ = server->create_database();
  }
  ASSERT_TRUE(make_folders(home_).ok());
  auto identity =
      protocol::ControlPlaneIdentity::create(home_.identity_key(), base::system_random());
  ASSERT_TRUE(identity.ok());
  audience_ = identity->id();
  ASSERT_TRUE(
      protocol::RouterMasterSecret::create(home_.router_master_key(), base::system_random()).ok());
  apps_.push_back(open());
  ASSERT_NE(apps_.front(), nullptr);
}

std::unique_ptr<ControlApp> ControlTest::open() {
  auto opened = ControlApp::open(home_, settings(), ControlUse::offline, {clock_});
  EXPECT_TRUE(opened.ok()) << opened.error().detail;
  return opened.ok() ? std::move(opened).value() : nullptr;
}

ControlApp& ControlTest::add_replica() {
  apps_.push_back(open());
  return *apps_.back();
}

void ControlTest::restart() {
  apps_.clear();
  apps_.push_back(open());
}

namespace {

struct Sent {
  explicit Sent(const TestRequest& from, http::EventLoop& loop) : target(from.path) {
    if (!from.query.empty()) target += "?" + from.query;
    request.method = from.method;
    request.method_text = http::method_name(from.method);
    request.target = target;
    request.path = from.path;
    request.query = from.query;
    request.body = from.body;
    request.request_id = "req_test";
    request.peer_address = from.peer_address;
    request.loop = &loop;
    for (const auto& [name, value] : from.headers) request.headers.push_back({name, value});
  }
  std::string target;
  http::Request request;
};

// A stream's pieces are there as they come.
Task<void> fill_answer(ControlApp& app, const TestRequest& from, TestAnswer& answer) {
  Sent sent(from, app.loop());
  const auto match = app.router().match(sent.request);
  answer = {};
  if (match.route == nullptr) {
    answer.status = 404;
    co_return;
  }
  auto task = match.route->handler(sent.request);
  auto response = co_await std::move(task);
  answer.status = response.status;
  for (const auto& header : response.headers) {
    if (header.name == "Retry-After") answer.retry_after = header.value;
  }
  if (auto* const text = std::get_if<std::string>(&response.body)) {
    answer.body = std::move(*text);
    co_return;
  }
  auto& source = *std::get<std::unique_ptr<http::BodySource>>(response.body);
  for (;;) {
    const auto piece = co_await source.next();
    if (!piece.ok() || piece->empty()) co_return;
    answer.body += *piece;
  }
}

Task<TestAnswer> answer_of(ControlApp& app, const TestRequest& from) {
  TestAnswer answer;
  co_await fill_answer(app, from, answer);
  co_return answer;
}

}  // namespace

Task<void> keep_answer(ControlApp& app, const TestRequest& from, TestAnswer& out) {
  co_await fill_answer(app, from, out);
}

namespace {

Task<std::vector<TestAnswer>> answers_of(ControlApp& app,
                                         const std::vector<TestRequest>& requests) {
  std::vector<TestAnswer> answers(requests.size());
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < requests.size(); ++i)
    tasks.push_back(keep_answer(app, requests[i], answers[i]));
  co_await base::join_all(std::move(tasks));
  co_return answers;
}

}  // namespace

TestAnswer ControlTest::send_to(ControlApp& to, const TestRequest& request) {
  return http::run_task(to.loop(), answer_of(to, request));
}

std::vector<TestAnswer> ControlTest::send_all(const std::vector<TestRequest>& requests) {
  return run(answers_of(app(), requests));
}

std::string ControlTest::new_token(std::vector<std::string> tags) {
  TokenSpec spec;
  spec.tags = std::move(tags);
  auto created = run(app().tokens().create(std::move(spec), "operator"));
  EXPECT_TRUE(created.ok());
  return std::string(created->secret.reveal_text());
}

TestAnswer ControlTest::enroll_with(TestNode& node, const std::string& token) {
  const auto challenged = send(node.challenge_request(token));
  if (challenged.status != 200) return challenged;
  const auto challenge = protocol::decode_challenge(challenged.body);
  EXPECT_TRUE(challenge.ok()) << challenge.error().detail;
  return send(node.enrollment_request(*challenge));
}

TestNode ControlTest::enrolled_node(std::vector<std::string> tags) {
  TestNode node(clock_);
  const auto enrolled = enroll_with(node, new_token(std::move(tags)));
  EXPECT_EQ(enrolled.status, 200) << enrolled.body;
  return node;
}

protocol::HeartbeatAnswer ControlTest::heartbeat_ok(TestNode& node) {
  const auto answer = heartbeat(node);
  EXPECT_EQ(answer.status, 200) << answer.body;
  auto decoded = protocol::decode_heartbeat_answer(answer.body);
  EXPECT_TRUE(decoded.ok());
  return decoded.ok() ? *decoded : protocol::HeartbeatAnswer{};
}

std::vector<std::string> ControlTest::audited(const std::string& subject) {
  const AuditLog log(app().database(), clock_);
  const auto entries = run(log.oldest(0, kMaxAuditPage));
  EXPECT_TRUE(entries.ok());
  std::vector<std::string> acts;
  for (const auto& entry : *entries) {
    if (entry.subject == subject) acts.push_back(entry.act);
  }
  return acts;
}

std::vector<TestDatabase> test_databases() {
  std::vector<TestDatabase> all = {TestDatabase::sqlite};
  if (storage::TestPostgres::missing().empty()) all.push_back(TestDatabase::postgres);
  return all;
}

std::string name_of_database(const ::testing::TestParamInfo<TestDatabase>& info) {
  return info.param == TestDatabase::sqlite ? "Sqlite" : "Postgres";
}

}  // namespace b3iq::control
