#include "agent/models/model_installer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

// "job_01J…" gives "01J…".
std::string_view ulid_of(const ModelJob& job) {
  return std::string_view(job.id).substr(job.id.find('_') + 1);
}

std::string_view phase_name(DownloadPhase phase) {
  switch (phase) {
    case DownloadPhase::connecting:
      return "connecting";
    case DownloadPhase::receiving:
      return "receiving";
    case DownloadPhase::verifying:
      return "verifying";
    case DownloadPhase::waiting:
      return "waiting";
  }
  return "";
}

Error file_error(const std::string& path) {
  return Error(ErrorCode::file_failed,
               fmt::format("{} cannot be written: {}.", path, std::strerror(errno)));
}

Status sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return file_error(path);
  const int failed = ::fsync(fd);
  ::close(fd);
  if (failed != 0) return file_error(path);
  return {};
}

// Durable when it returns.
Status place_file(const std::string& part, const std::string& models, const std::string& folder) {
  const auto target = models + "/" + folder;
  if (::mkdir(target.c_str(), 0700) != 0 && errno != EEXIST) return file_error(target);
  const auto file = fmt::format("{}/{}", target, kModelFileName);
  if (::rename(part.c_str(), file.c_str()) != 0) return file_error(file);
  TRY_OK(sync_folder(target));
  return sync_folder(models);
}

// Runs `work` on `executor` and resumes on the caller's.
template <class T, class Work>
Task<T> run_on(base::Executor& executor, Work work) {
  base::Arrival<T> done;
  auto start = [&executor, &done, &work] { executor.post([&done, &work] { done.set(work()); }); };
  co_return co_await done.wait(start);
}

}  // namespace

std::string ModelInstaller::folder_of(const ModelJob& job) {
  return fmt::format("m-{}", ulid_of(job));
}

std::string ModelInstaller::part_of(const ModelJob& job) const {
  return fmt::format("{}/part-{}.gguf", store_.folder(), ulid_of(job));
}

void ModelInstaller::discard(const ModelJob& job) const {
  if (job.kind == JobKind::install) remove_part(part_of(job));
}

void ModelInstaller::tell(const ModelJob& job, const DownloadProgress& progress) const {
  jobs_.progress(job.id, {std::string(phase_name(progress.phase)), progress.received_bytes,
                          progress.total_bytes, progress.note});
}

Task<Result<ReceivedFile>> ModelInstaller::receive(const ModelJob& job,
                                                   const InstallRequest& request,
                                                   base::CancelToken cancel) {
  DownloadLimits limits;
  limits.bytes_per_second =
      request.bytes_per_second > 0 ? request.bytes_per_second : settings_.bytes_per_second;
  ModelDownload download(loop_, limits, {.own_port = own_port_});
  DownloadTold told = [this, &job](const DownloadProgress& progress) { tell(job, progress); };
  if (!request.path.empty()) {
    auto copied = co_await download.copy(request.path, part_of(job), std::move(told), cancel);
    const bool other = copied.ok() && request.sha256 && copied->sha256 != *request.sha256;
    if (other) {
      remove_part(part_of(job));
      co_return Error(ErrorCode::invalid_request,
                      fmt::format("{} has the checksum {}, not {}.", request.path, copied->sha256,
                                  *request.sha256),
                      "sha256");
    }
    co_return copied;
  }
  DownloadSource source{request.url, request.size_bytes, request.sha256};
  co_return co_await download.fetch(std::move(source), part_of(job), std::move(told), cancel);
}

// The file is whole and verified; it becomes a model of this node, or is refused and removed.
Task<Result<InstalledModel>> ModelInstaller::check_and_place(const ModelJob& job,
                                                             const InstallRequest& request,
                                                             ReceivedFile file) {
  jobs_.progress(job.id, {"checking", file.bytes, file.bytes, ""});
  const auto part = part_of(job);
  auto read = [&part] { return gguf::read_file(part); };
  auto facts = co_await run_on<Result<gguf::Facts>>(disk_, read);
  if (!facts.ok()) {
    remove_part(part);
    co_return Error(ErrorCode::invalid_request,
                    fmt::format("What {} gave is no model in GGUF form. {}", request.source,
                                facts.error().detail),
                    "source");
  }
  if (auto servable = check_servable(*facts); !servable.ok()) {
    remove_part(part);
    co_return std::move(servable).error();
  }
  InstalledModel model;
  model.id = request.name;
  model.folder = folder_of(job);
  model.bytes = file.bytes;
  model.sha256 = std::move(file.sha256);
  model.source = request.source;
  model.installed_at_ms = clock_.wall_ms();
  take_facts(*facts, settings_.context_tokens, settings_.slots, model);
  auto place = [&] { return place_file(part, store_.folder(), model.folder); };
  CO_TRY_OK(co_await run_on<Status>(disk_, place));
  co_return model;
}

// A model that cannot be loaded is not kept. One that does not fit right now is: it may later.
Task<Result<std::string>> ModelInstaller::try_out(std::string id, base::CancelToken cancel) {
  const auto began = clock_.steady_ns();
  const auto loaded = co_await host_.load(id, cancel);
  const auto load_ms = (clock_.steady_ns() - began) / 1'000'000;
  std::string note;
  if (loaded.ok()) {
    CO_TRY_OK(co_await store_.note_load_time(id, load_ms));
  } else if (loaded.error().code == ErrorCode::upstream_failed) {
    CO_TRY_OK(co_await store_.remove(id));
    co_return loaded.error();
  } else {
    note = loaded.error().detail;
  }
  std::string result;
  json::Writer w(result);
  w.begin_object();
  w.member("model", id);
  if (const auto* model = store_.find(id)) {
    w.member("sha256", model->sha256);
    w.member("bytes", model->bytes);
    w.member("memory_bytes", model->learned.memory_bytes);
  }
  w.member("loaded", loaded.ok());
  if (loaded.ok()) w.member("load_ms", load_ms);
  w.member("note", note);
  w.end_object();
  co_return result;
}

Task<Result<std::string>> ModelInstaller::install(const ModelJob& job, base::CancelToken cancel) {
  CO_TRY(const auto request, read_install_document(job.request));
  const auto* there = store_.find(request.name);
  const bool is_there = there != nullptr && !store_.is_missing(*there);
  const bool went_on = is_there && there->folder == folder_of(job);
  if (is_there && !went_on) {
    co_return Error(ErrorCode::conflict,
                    fmt::format("A model '{}' is installed already.", request.name), "name");
  }
  if (!went_on) {
    // A crash between the move and the row has left the file in its place: it becomes the part
    // again, whose record is still there.
    const auto placed = fmt::format("{}/{}/{}", store_.folder(), folder_of(job), kModelFileName);
    std::error_code none;
    if (std::filesystem::exists(placed, none)) std::filesystem::rename(placed, part_of(job), none);
    auto receiving = receive(job, request, cancel);
    CO_TRY(auto file, co_await std::move(receiving));
    auto placing = check_and_place(job, request, std::move(file));
    CO_TRY(auto model, co_await std::move(placing));
    CO_TRY_OK(co_await store_.add(std::move(model)));
    forget_part_record(part_of(job));
  }
  jobs_.progress(job.id, {"loading", 0, std::nullopt, ""});
  co_return co_await try_out(request.name, cancel);
}

Task<Result<std::string>> ModelInstaller::pull(const ModelJob& job, base::CancelToken cancel) {
  CO_TRY(const auto request, read_install_document(job.request));
  CO_TRY(const auto library, libraries_(request.runtime));
  auto told = [this, &job](const runtimes::PullProgress& progress) {
    jobs_.progress(job.id, {"receiving", progress.completed_bytes.value_or(0), progress.total_bytes,
                            progress.status});
  };
  CO_TRY_OK(co_await library->pull(request.name, std::move(told), cancel));
  std::string result;
  json::Writer w(result);
  w.begin_object();
  w.member("model", request.name);
  w.member("runtime", request.runtime);
  w.end_object();
  co_return result;
}

}  // namespace b3iq::agent
