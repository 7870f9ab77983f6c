// Jobs across their states and across restarts, on a real database.
#include "agent/models/model_jobs.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "http/event_loop.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

class ModelJobsTest : public ::testing::Test {
 protected:
  ModelJobsTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-jobs-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    open();
  }
  ~ModelJobsTest() override {
    close();
    std::filesystem::remove_all(folder_);
  }
  // A new process on the same files.
  void open() {
    auto opened = storage::open_sqlite(folder_ + "/state.db");
    ASSERT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    ASSERT_TRUE(database_->migrate(state_migrations()).ok());
    jobs_ = std::make_unique<ModelJobs>(*database_, clock_, base::system_random());
    ASSERT_TRUE(jobs_->load().ok());
    const auto work = [this](const ModelJob& job, base::CancelToken cancel) {
      return hold(job.id, cancel);
    };
    jobs_->on_work(JobKind::install, work);
    jobs_->on_work(JobKind::benchmark, work);
    jobs_->on_discard([this](const ModelJob& job) { discarded_.push_back(job.id); });
    run([this] { jobs_->start(); });
  }
  void close() {
    run([this] { jobs_->close(); });
    wait([this] { return jobs_->idle(); });
    jobs_.reset();
    database_.reset();
  }
  void run(const std::function<void()>& action) {
    auto on_loop = [&]() -> Task<base::Status> {
      action();
      co_return base::Status();
    };
    EXPECT_TRUE(run_task(loop_, on_loop()).ok());
  }
  void wait(const std::function<bool()>& holds) {
    auto on_loop = [&]() -> Task<base::Status> {
      while (!holds()) co_await loop_.sleep(1);
      co_return base::Status();
    };
    EXPECT_TRUE(run_task(loop_, on_loop()).ok());
  }
  // Works until it is cancelled or told to end.
  Task<Result<std::string>> hold(std::string id, base::CancelToken cancel) {
    started_.push_back(id);
    while (!cancel.cancelled() && !outcomes_.contains(id)) co_await loop_.sleep(1);
    if (cancel.cancelled()) co_return Error(ErrorCode::cancelled, "");
    co_return outcomes_.at(id);
  }
  Result<ModelJob> add(JobKind kind, const std::string& model) {
    return run_task(loop_, jobs_->add(kind, model, R"({"name":"x"})"));
  }
  void wait_for(const std::string& id, JobState state) {
    wait([&] { return jobs_->find(id)->state == state; });
  }

  std::string folder_;
  base::FakeClock clock_;
  http::EventLoop loop_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<ModelJobs> jobs_;
  std::map<std::string, Result<std::string>> outcomes_;
  std::vector<std::string> started_;
  std::vector<std::string> discarded_;
};

TEST_F(ModelJobsTest, InstallsRunOneAfterTheOtherAndBenchmarksBeside) {
  const auto first = add(JobKind::install, "a");
  clock_.advance_ms(1);
  const auto second = add(JobKind::install, "b");
  clock_.advance_ms(1);
  const auto bench = add(JobKind::benchmark, "c");
  wait([this] { return started_.size() == 2; });
  EXPECT_EQ(jobs_->find(first->id)->state, JobState::running);
  EXPECT_EQ(jobs_->find(second->id)->state, JobState::queued);
  EXPECT_EQ(jobs_->find(bench->id)->state, JobState::running);
  outcomes_.emplace(first->id, std::string(R"({"ok":true})"));
  wait_for(second->id, JobState::running);
  const auto done = jobs_->find(first->id);
  EXPECT_EQ(done->state, JobState::done);
  EXPECT_EQ(done->result, R"({"ok":true})");
  EXPECT_EQ(jobs_->list().front().id, bench->id) << "newest first";
}

TEST_F(ModelJobsTest, WhatRanWhenTheNodeStoppedGoesOn) {
  const auto job = add(JobKind::install, "a");
  wait_for(job->id, JobState::running);
  close();
  started_.clear();
  open();
  wait([this] { return started_.size() == 1; });
  EXPECT_EQ(started_.front(), job->id);
  EXPECT_EQ(jobs_->find(job->id)->request, R"({"name":"x"})");
  outcomes_.emplace(job->id, Error(ErrorCode::not_found, "gone"));
  wait_for(job->id, JobState::failed);
  close();
  open();
  const auto kept = jobs_->find(job->id);
  EXPECT_EQ(kept->state, JobState::failed);
  EXPECT_EQ(kept->error_code, "not_found");
  EXPECT_EQ(kept->error_detail, "gone");
}

TEST_F(ModelJobsTest, CancelResumeRemove) {
  const auto job = add(JobKind::install, "a");
  wait_for(job->id, JobState::running);
  EXPECT_EQ(run_task(loop_, jobs_->remove(job->id)).error().code, ErrorCode::conflict);
  EXPECT_EQ(run_task(loop_, jobs_->resume(job->id)).error().code, ErrorCode::conflict);
  EXPECT_TRUE(run_task(loop_, jobs_->cancel(job->id)).ok());
  wait_for(job->id, JobState::cancelled);
  EXPECT_EQ(run_task(loop_, jobs_->cancel(job->id)).error().code, ErrorCode::conflict);
  started_.clear();
  EXPECT_TRUE(run_task(loop_, jobs_->resume(job->id)).ok());
  wait([this] { return started_.size() == 1; });
  EXPECT_TRUE(run_task(loop_, jobs_->cancel(job->id)).ok());
  wait_for(job->id, JobState::cancelled);
  wait([this] { return jobs_->idle(); });
  EXPECT_TRUE(run_task(loop_, jobs_->remove(job->id)).ok());
  EXPECT_EQ(discarded_, std::vector{job->id});
  EXPECT_EQ(jobs_->find(job->id).error().code, ErrorCode::not_found);
}

TEST_F(ModelJobsTest, OneOpenJobForAModelAndABoundOnAll) {
  ASSERT_TRUE(add(JobKind::install, "a").ok());
  EXPECT_EQ(add(JobKind::install, "a").error().code, ErrorCode::conflict);
  EXPECT_TRUE(add(JobKind::benchmark, "a").ok()) << "a benchmark is something else";
  for (std::size_t i = 2; i < kMaxOpenJobs; ++i)
    ASSERT_TRUE(add(JobKind::install, "m" + std::to_string(i)).ok());
  EXPECT_EQ(add(JobKind::install, "late").error().code, ErrorCode::overloaded);
}

TEST_F(ModelJobsTest, ADamagedRowIsNamed) {
  EXPECT_EQ(read_job("{}").error().code, ErrorCode::corrupt);
  EXPECT_FALSE(read_job("no").ok());
}

}  // namespace
}  // namespace b3iq::agent
