#include "control/receipts/kept_checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

namespace b3iq::control {

using base::Error;
using base::ErrorCode;

namespace {

Error file_error(const std::string& path) {
  return Error(ErrorCode::file_failed,
               fmt::format("The receipt log's checkpoint could not be kept in {}: {}.", path,
                           std::strerror(errno)));
}

}  // namespace

std::optional<protocol::Checkpoint> read_kept_checkpoint(const std::string& path,
                                                         const protocol::NoteVerifier& log) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string note(protocol::kMaxNoteBytes, '\0');
  in.read(note.data(), static_cast<std::streamsize>(note.size()));
  note.resize(static_cast<std::size_t>(in.gcount()));
  auto checkpoint = protocol::open_checkpoint(note, log);
  if (!checkpoint.ok()) return std::nullopt;
  return *std::move(checkpoint);
}

base::Status keep_checkpoint(const std::string& path, std::string_view note) {
  const std::string draft = path + ".new";
  const int out =
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (out < 0) return file_error(draft);
  const auto written = ::write(out, note.data(), note.size());
  const bool whole = written == static_cast<ssize_t>(note.size());
  if (::close(out) != 0 || !whole) return file_error(draft);
  if (std::rename(draft.c_str(), path.c_str()) != 0) return file_error(path);
  return {};
}

}  // namespace b3iq::control
