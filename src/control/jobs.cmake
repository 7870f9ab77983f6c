# Sources of private jobs.
set(B3IQ_CONTROL_JOBS_SOURCES
  admin/admin_private_job_routes.cc cli/admin_jobs_command.cc
  migrations/migration_0008_private_jobs.cc migrations/migration_0009_private_streams.cc
  private_jobs/candidate_service.cc private_jobs/frame_routes.cc private_jobs/frame_service.cc private_jobs/frame_store.cc
  private_jobs/frame_stream.cc private_jobs/job_follower.cc private_jobs/job_receipts.cc private_jobs/job_settlement.cc
  private_jobs/job_state.cc private_jobs/job_upkeep.cc private_jobs/job_waiters.cc private_jobs/private_job_json.cc
  private_jobs/private_job_queue.cc private_jobs/private_job_request.cc private_jobs/private_job_routes.cc
  private_jobs/private_job_service.cc private_jobs/private_job_store.cc private_jobs/private_job_types.cc)
set(B3IQ_CONTROL_JOBS_TESTS
  private_jobs/job_state_test.cc private_jobs/job_waiters_test.cc private_jobs/private_job_end_test.cc private_jobs/private_job_guard_test.cc
  private_jobs/private_job_reading_test.cc private_jobs/private_job_relay_test.cc private_jobs/private_job_stop_test.cc private_jobs/private_job_stream_limits_test.cc
  private_jobs/private_job_test.cc)
