set(B3IQ_PRIVATE_JOBS_SOURCES
  private_jobs/frame_outbox.cc private_jobs/job_deadline.cc private_jobs/job_stream.cc
  private_jobs/opened_job_store.cc private_jobs/private_jobs.cc private_jobs/stream_metrics.cc)
set(B3IQ_PRIVATE_JOBS_TESTS private_jobs/frame_outbox_test.cc private_jobs/freed_memory_test.cc private_jobs/private_job_stream_test.cc
  private_jobs/private_jobs_leak_test.cc private_jobs/private_jobs_test.cc)
