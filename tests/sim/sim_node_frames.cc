// SimNode: the sealed streams that it brings while it works, and frames that it should not bring.
#include <algorithm>

#include "sim_node.h"

namespace b3iq::control::sim {

using base::Result;
using base::Task;
using protocol::SignatureTag;
using protocol::StreamFrames;
using protocol::StreamStanding;
using protocol::StreamTaken;

namespace {

constexpr std::int64_t kPatienceMs = 5'000;
constexpr std::size_t kMostFrames = 40;

}  // namespace

void SimNode::begin_stream(const Work& work) {
  auto& stream = streams_[work.command_id.text()];
  stream = {};
  stream.job_id = std::get<protocol::PrivateInferenceArguments>(work.arguments).job_id;
  world_.dice().fill(stream.prefix);
  make_pieces(work.command_id.text());
}

// Nothing is sealed: whoever carries it cannot see the difference.
std::string SimNode::frame_of(const Stream& stream, std::size_t number, Piece piece) {
  protocol::SealedChunk chunk;
  chunk.prefix = stream.prefix;
  chunk.number = static_cast<std::uint32_t>(number);
  chunk.is_last = piece == Piece::last;
  chunk.ciphertext.resize(static_cast<std::size_t>(world_.dice().between(21, 60)));
  world_.dice().fill(chunk.ciphertext);
  return protocol::encode_sealed_chunk(chunk);
}

void SimNode::make_pieces(const std::string& command_id) {
  life_timer(world_.about(1'200), [this, command_id] {
    const auto at = streams_.find(command_id);
    if (at == streams_.end() || at->second.has_ended || at->second.frames.size() >= kMostFrames)
      return;
    const auto pieces = world_.dice().percent(80) ? 1 : world_.dice().between(2, 5);
    for (std::int64_t i = 0; i < pieces; ++i) make_piece(at->second, Piece::next);
    make_pieces(command_id);
  });
}

void SimNode::make_piece(Stream& stream, Piece piece) {
  const auto number = stream.frames.size();
  stream.frames.push_back(frame_of(stream, number, piece));
  world_.books().node_makes(stream.job_id.text(), static_cast<std::int64_t>(number),
                            stream.frames.back());
  if (!is_sending_frames_) send_frames();
}

std::vector<StreamFrames> SimNode::frames_to_send() {
  std::vector<StreamFrames> out;
  for (const auto& [command_id, stream] : streams_) {
    if (stream.taken == stream.frames.size() || out.size() == protocol::kMaxStreamsInBatch)
      continue;
    const auto most = static_cast<std::size_t>(world_.dice().between(1, kMostFrames));
    const auto end = std::min(stream.frames.size(), stream.taken + most);
    out.push_back({stream.job_id, static_cast<std::uint32_t>(stream.taken), {}});
    for (auto i = stream.taken; i < end; ++i) out.back().frames.push_back(stream.frames[i]);
  }
  return out;
}

// One kind of wrong each time.
void SimNode::add_wrong_frames(std::vector<StreamFrames>& streams) {
  auto& dice = world_.dice();
  auto& mine = streams.front();
  const auto at = std::ranges::find(streams_, mine.job_id,
                                    [](const auto& one) -> auto& { return one.second.job_id; });
  const auto& stream = at->second;
  const auto kind = dice.between(1, 5);
  world_.meet("frames: wrong kind " + std::to_string(kind));
  if (kind == 1) {  // a gap; the missing one is never sent with these
    const auto first = stream.frames.size() + static_cast<std::size_t>(dice.between(1, 3));
    mine = {stream.job_id, static_cast<std::uint32_t>(first), {}};
    mine.frames.push_back(frame_of(stream, first, Piece::next));
  } else if (kind == 2 && stream.taken > 0) {  // others where some are there already
    const auto first = static_cast<std::size_t>(dice.between(0, std::ssize(stream.frames) - 1));
    auto changed = StreamFrames{stream.job_id, static_cast<std::uint32_t>(first), {}};
    for (auto i = first; i < stream.frames.size(); ++i)
      changed.frames.push_back(i < stream.taken ? frame_of(stream, i, Piece::next)
                                                : stream.frames[i]);
    mine = std::move(changed);
  } else if (kind == 3) {  // two of one number, both its own
    for (std::size_t i = 0; i < mine.frames.size(); ++i) {
      const auto number = mine.first + i;
      mine.frames[i] = frame_of(stream, number, Piece::next);
      world_.books().node_makes(stream.job_id.text(), static_cast<std::int64_t>(number),
                                mine.frames[i]);
    }
  } else if (kind == 4) {  // of a job that is another node's, or nobody's
    auto open = world_.books().open_job_ids();
    const auto of = open.empty() || dice.percent(10) ? protocol::JobId::make(clock_.wall_ms(), dice)
                                                     : protocol::JobId::trusted(dice.one_of(open));
    const auto next = static_cast<std::size_t>(world_.books().frames_of(of.text()));
    const auto* const row = world_.books().job(of.text());
    if (of == mine.job_id || (row != nullptr && row->node == id().text())) return;
    streams.push_back({of, static_cast<std::uint32_t>(next), {}});
    streams.back().frames.push_back(frame_of(stream, next, Piece::next));
  } else if (kind == 5) {  // of one that it was done with long ago
    auto& work = std::next(works_.begin(), dice.between(0, std::ssize(works_) - 1))->second;
    const auto* const job = std::get_if<protocol::PrivateInferenceArguments>(&work.arguments);
    if (job == nullptr || work.stage != Stage::taken || job->job_id == mine.job_id) return;
    const auto next = world_.books().frames_of(job->job_id.text());
    streams.push_back({job->job_id, static_cast<std::uint32_t>(next), {}});
    streams.back().frames.push_back(frame_of(stream, static_cast<std::size_t>(next), Piece::last));
  }
  std::ranges::sort(streams, {}, [](const StreamFrames& one) { return one.job_id.text(); });
}

// One request at a time; what was made meanwhile goes with the next one.
void SimNode::send_frames() {
  auto streams = frames_to_send();
  if (streams.empty()) {
    is_sending_frames_ = false;
    return;
  }
  is_sending_frames_ = true;
  if (world_.dice().per_mille(world_.faults().hostile)) add_wrong_frames(streams);
  auto handle = [body = protocol::encode_stream_frames(streams),
                 verified = request()](SimReplica& r) -> Task<Result<std::string>> {
    CO_TRY(auto brought, protocol::decode_stream_frames(body));
    protocol::ManagedErrorFacts facts;
    const SignedAct act{SignatureTag::frames, verified, std::nullopt, &facts};
    CO_TRY(const auto taken, co_await r.frames.take(act, std::move(brought)));
    co_return protocol::encode_stream_frames_answer(taken);
  };
  std::vector<protocol::JobId> jobs;
  for (const auto& stream : streams) jobs.push_back(stream.job_id);
  auto promised = [this, jobs, once = once("frames")](const Result<std::string>& answer) {
    once(answer.ok());
    world_.meet("frames", answer);
    if (!answer.ok()) return;
    const auto read = protocol::decode_stream_frames_answer(*answer);
    if (!read.ok()) return world_.books().fail("the answer to frames cannot be read");
    if (!std::ranges::equal(*read, jobs, {}, &StreamTaken::job_id))
      world_.books().fail("the answer to frames is not about those that were brought");
    for (const auto& one : *read) {
      world_.meet(one.standing == StreamStanding::open ? "frames: open" : "frames: closed");
      if (one.standing == StreamStanding::open)
        world_.books().promised_frames(one.job_id.text(), one.next);
    }
  };
  const auto number = ++frame_requests_;
  auto go_on = [this, number, life = life_](std::int64_t pause_ms) {
    if (!is_up_ || life != life_ || number != frame_requests_) return;
    ++frame_requests_;  // its patience is over with it
    life_timer(pause_ms, [this] { send_frames(); });
  };
  auto taken = [this, go_on, life = life_](const Result<std::string>& answer) {
    if (!is_up_ || life != life_) return;
    if (answer.ok()) {
      const auto read = protocol::decode_stream_frames_answer(*answer);
      for (const auto& one : *read) take_standing(one);
    }
    go_on(answer.ok() ? world_.dice().between(50, 500) : world_.dice().between(500, 6'000));
  };
  world_.call<Result<std::string>>(handle, promised, taken);
  life_timer(kPatienceMs, [go_on] { go_on(0); });
}

// Answers come late, and in any order.
void SimNode::take_standing(const StreamTaken& taken) {
  const auto at = std::ranges::find(streams_, taken.job_id,
                                    [](const auto& one) -> auto& { return one.second.job_id; });
  if (at == streams_.end()) return;
  auto& stream = at->second;
  if (taken.standing == StreamStanding::closed) {
    // It may be given it again, and go on; mostly that was all.
    if (world_.dice().percent(70)) streams_.erase(at);
    return;
  }
  if (taken.next > stream.frames.size())
    return world_.books().fail("more frames of job " + taken.job_id.text() +
                               " are there than made");
  stream.taken = std::max<std::size_t>(stream.taken, taken.next);
  if (stream.has_ended && stream.taken == stream.frames.size()) streams_.erase(at);
}

}  // namespace b3iq::control::sim
