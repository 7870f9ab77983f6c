#include "protocol/messages/stream_frames.h"

#include <algorithm>
#include <array>

#include "json/json.h"
#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/private/sealed_chunk.h"
#include "protocol/wire_names.h"

namespace b3iq::protocol {
namespace {

constexpr json::Limits kBatchLimits{.max_bytes = kMaxFramesBytes, .max_depth = 6};
constexpr json::Limits kAnswerLimits{.max_bytes = kMaxFramesAnswerBytes, .max_depth = 6};
constexpr std::array<std::string_view, 2> kStandings = {"open", "closed"};
constexpr std::size_t kStreamMemberBytes = 128;  // names, id and marks
static_assert(kMaxChunkFrameBytes + kStreamMemberBytes + 64 < kMaxFramesBytes);

base::Result<StreamFrames> read_stream(json::Value value) {
  TRY(auto in, MemberReader::open(value, "A stream's frames"));
  StreamFrames stream;
  TRY(stream.job_id, in.id<JobId>("job_id"));
  TRY(const auto list, in.list("frames", kMaxFramesOfStreamInBatch));
  TRY_OK(in.done());
  if (list.size() == 0) return in.refused("frames", "must have at least one frame");
  stream.frames.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(const auto chunk, decode_sealed_chunk(list.at(i).to_text()));
    if (i == 0) stream.first = chunk.number;
    if (chunk.number != stream.first + i) return in.refused("frames", "are not in order");
    if (chunk.is_last && i + 1 < list.size())
      return in.refused("frames", "go on behind the last one");
    stream.frames.push_back(encode_sealed_chunk(chunk));
  }
  return stream;
}

template <class T>
bool has_job(const std::vector<T>& list, const JobId& job_id) {
  return std::ranges::any_of(list, [&](const T& one) { return one.job_id == job_id; });
}

}  // namespace

std::size_t encoded_bytes(const StreamFrames& stream) {
  std::size_t bytes = kStreamMemberBytes;
  for (const auto& frame : stream.frames) bytes += frame.size() + 1;
  return bytes;
}

std::string encode_stream_frames(std::span<const StreamFrames> streams) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.key("streams");
  w.begin_array();
  for (const auto& stream : streams) {
    w.begin_object();
    w.member("job_id", stream.job_id.text());
    w.key("frames");
    w.begin_array();
    for (const auto& frame : stream.frames) w.raw(frame);
    w.end_array();
    w.end_object();
  }
  w.end_array();
  w.end_object();
  return out;
}

base::Result<std::vector<StreamFrames>> decode_stream_frames(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kBatchLimits));
  TRY(auto in, MemberReader::open(document.root(), "A batch of frames"));
  TRY(const auto list, in.list("streams", kMaxStreamsInBatch));
  TRY_OK(in.done());
  if (list.size() == 0) return in.refused("streams", "must have at least one stream");
  std::vector<StreamFrames> streams;
  streams.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(auto stream, read_stream(list.at(i)));
    if (has_job(streams, stream.job_id)) return in.refused("streams", "name a job twice");
    streams.push_back(std::move(stream));
  }
  return streams;
}

std::string encode_stream_frames_answer(std::span<const StreamTaken> taken) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.key("streams");
  w.begin_array();
  for (const auto& one : taken) {
    w.begin_object();
    w.member("job_id", one.job_id.text());
    w.member("state", name_of_value(kStandings, one.standing));
    w.member("next_frame", std::int64_t{one.next});
    w.end_object();
  }
  w.end_array();
  w.end_object();
  return out;
}

base::Result<std::vector<StreamTaken>> decode_stream_frames_answer(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kAnswerLimits));
  TRY(auto in, MemberReader::open(document.root(), "The answer to frames"));
  TRY(const auto list, in.list("streams", kMaxStreamsInBatch));
  std::vector<StreamTaken> taken;
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(auto one, MemberReader::open(list.at(i), "A stream"));
    StreamTaken stream;
    TRY(stream.job_id, one.id<JobId>("job_id"));
    TRY(stream.standing, one.choice<StreamStanding>("state", kStandings));
    TRY(const auto next, one.integer("next_frame", 0, kMaxStreamChunks));
    stream.next = static_cast<std::uint32_t>(next);
    taken.push_back(std::move(stream));
  }
  return taken;
}

}  // namespace b3iq::protocol
