// A node brings sealed pieces of answers while it makes them (docs/protocol/commands.md), of any
// number of its jobs at once. Signed with SignatureTag::frames. They are what comes early; the
// result is what counts, so nothing here is fenced by a lease. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/ids.h"

namespace b3iq::protocol {

inline constexpr std::size_t kMaxFramesBytes = 512 * 1024;  // of a body
inline constexpr std::size_t kMaxFramesAnswerBytes = 16 * 1024;
inline constexpr std::size_t kMaxStreamsInBatch = 16;
inline constexpr std::size_t kMaxFramesOfStreamInBatch = 1'024;

// Frames of one job, each the next one behind the one before: the number stands in the frame
// (private/sealed_chunk.h) and nowhere else.
struct StreamFrames {
  JobId job_id;
  std::uint32_t first = 0;          // of frames.front(); read from it
  std::vector<std::string> frames;  // canonical, one line each; not empty
};
std::string encode_stream_frames(std::span<const StreamFrames> streams);
// What one of them adds to a body at most.
std::size_t encoded_bytes(const StreamFrames& stream);
// Strict: every frame has its form, the frames of a job are in order, each job is there once. What
// is given is written anew. Errors: invalid_request naming the member, invalid_json,
// payload_too_large.
base::Result<std::vector<StreamFrames>> decode_stream_frames(std::string_view body);

enum class StreamStanding : std::uint8_t {
  open,
  closed  // nobody takes frames of this job any more, or none of this node
};
struct StreamTaken {
  JobId job_id;
  StreamStanding standing = StreamStanding::open;
  std::uint32_t next = 0;  // the frame that is wanted next; everything before it is there
};
// One for each stream, in their order.
std::string encode_stream_frames_answer(std::span<const StreamTaken> taken);
base::Result<std::vector<StreamTaken>> decode_stream_frames_answer(std::string_view body);

}  // namespace b3iq::protocol
