#include "client/home/kept_jobs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "crypto/secret_file.h"
#include "json/json.h"
#include "json/member_text.h"
#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/private/private_request.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kEnding = ".json";
constexpr std::size_t kMaxTextBytes = 8 * 1024;
constexpr std::size_t kMaxUrlBytes = 512;
constexpr std::size_t kMaxModelBytes = protocol::kMaxPrivateModelBytes;

crypto::Secret encode(const KeptJob& job) {
  const auto key = job.opener.save();
  std::string text;
  text.reserve(kMaxTextBytes);  // no copy is left behind by a growing string
  json::Writer w(text);
  w.begin_object();
  w.member("type", kKeptJobType);
  w.member("control_plane", job.control_plane);
  w.member("model_id", job.model_id);
  protocol::write_time(w, "created_at", job.created_at_ms);
  protocol::write_bytes(w, "request_sha256", job.request_hash);
  w.key("binding");
  w.raw(protocol::encode_transport_key_binding(job.binding));
  w.key("answer_key");
  w.raw(key.reveal_text());
  w.end_object();
  crypto::Secret out(text);
  crypto::wipe(text.data(), text.size());
  return out;
}

Result<KeptJob> decode(std::string_view text) {
  TRY(const auto document, json::Document::parse(text, {.max_bytes = kMaxTextBytes}));
  TRY(auto in, protocol::MemberReader::open(document.root(), "A kept job"));
  TRY(const auto type, in.text("type"));
  if (type != kKeptJobType) return in.refused("type", "is not b3iq-private-job-v1");
  TRY_OK(in.object("answer_key"));
  TRY(auto opener,
      protocol::AnswerOpener::load(json::member_text(text, "answer_key").value_or("")));
  KeptJob job{.opener = std::move(opener), .control_plane = {}, .model_id = {}, .binding = {}};
  TRY(job.control_plane, in.printable("control_plane", kMaxUrlBytes));
  TRY(job.model_id, in.printable("model_id", kMaxModelBytes));
  TRY(job.created_at_ms, in.time("created_at"));
  TRY(job.request_hash, in.bytes<32>("request_sha256"));
  TRY(const auto binding, in.object("binding"));
  TRY(job.binding, protocol::decode_transport_key_binding(binding));
  TRY_OK(in.done());
  return job;
}

}  // namespace

std::string KeptJobs::path_of(const protocol::ClientJobId& job_id) const {
  return fmt::format("{}/{}{}", folder_, job_id.text(), kEnding);
}

Status KeptJobs::keep(const KeptJob& job) const {
  const auto text = encode(job);
  return crypto::write_secret_file(path_of(job.opener.job_id()), text.reveal(),
                                   crypto::IfExists::fail);
}

Result<KeptJob> KeptJobs::find(const protocol::ClientJobId& job_id) const {
  const auto path = path_of(job_id);
  auto text = crypto::read_secret_file(path);
  if (!text.ok() && text.error().code == ErrorCode::not_found) {
    return Error(ErrorCode::not_found,
                 fmt::format("There is no key for job {} in {}: it was sent from another folder, "
                             "or its answer was read already. `b3iq private list` shows what is "
                             "there.",
                             job_id.text(), folder_));
  }
  if (!text.ok()) return text.error();
  auto job = decode(text->reveal_text());
  if (job.ok() && job->opener.job_id() == job_id) return job;
  return Error(
      ErrorCode::corrupt,
      fmt::format("{} is damaged. Its answer cannot be opened: send the request anew.", path));
}

Result<std::vector<std::string>> KeptJobs::list() const {
  std::vector<std::string> ids;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder_, failed), end; !failed && at != end;
       at.increment(failed)) {
    auto name = at->path().filename().string();
    if (!name.ends_with(kEnding) || ids.size() >= kMaxKeptJobs) continue;
    name.resize(name.size() - kEnding.size());
    if (protocol::ClientJobId::valid(name)) ids.push_back(std::move(name));
  }
  if (failed) {
    return Error(ErrorCode::file_failed,
                 fmt::format("{} cannot be read: {}.", folder_, failed.message()));
  }
  std::ranges::sort(ids);
  return ids;
}

void KeptJobs::remove(const protocol::ClientJobId& job_id) const {
  ::unlink(path_of(job_id).c_str());
}

}  // namespace b3iq::client
