#include "runtimes/embedded/model_file.h"

namespace b3iq::runtimes {

const ModelFile::Facts& ModelFile::look() {
  struct stat file{};
  if (stat(path_.c_str(), &file) != 0) {
    seen_ = {};
    facts_ = {};
    return facts_;
  }
  const bool same = file.st_ino == seen_.st_ino && file.st_dev == seen_.st_dev &&
                    file.st_size == seen_.st_size && file.st_mtim.tv_sec == seen_.st_mtim.tv_sec &&
                    file.st_mtim.tv_nsec == seen_.st_mtim.tv_nsec;
  if (!same) read(file);
  return facts_;
}

void ModelFile::read(const struct stat& file) {
  seen_ = file;
  facts_ = {};
  facts_.changed_s = file.st_mtime;
  facts_.size_bytes = file.st_size;
  const auto read = gguf::read_file(path_);
  if (!read.ok()) return;  // the worker will say why
  facts_.kind = read->kind;
  facts_.trained_context = static_cast<std::uint32_t>(read->context_length.value_or(0));
  facts_.vocabulary = static_cast<std::uint32_t>(read->vocabulary.value_or(0));
  facts_.in_pieces =
      read->pooling == gguf::kPoolingLast &&
      gguf::kind_by_shape(read->architecture, std::nullopt, read->causal) == gguf::ModelKind::text;
}

}  // namespace b3iq::runtimes
