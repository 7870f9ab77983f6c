set(B3IQ_SYNC_SOURCES
  setup/enrollment_routes.cc
  sync/backoff.cc
  sync/command_entry.cc
  sync/command_journal.cc
  sync/command_loop.cc
  sync/managed_command_store.cc
  sync/control_address.cc
  sync/control_client.cc
  sync/control_errors.cc
  sync/control_link.cc
  sync/node_enrollment.cc
  sync/enrollment_record.cc
  sync/enrollment_store.cc
  sync/frame_sender.cc
  sync/heartbeat_loop.cc
  sync/managed_mode.cc
  sync/managed_report.cc
  sync/managed_service.cc
  sync/managed_session.cc
  sync/managed_settings.cc
  sync/node_commands.cc
  sync/result_sender.cc
  sync/sequence_numbers.cc
  sync/serving_node.cc
  sync/transport_key_rotation.cc
  sync/transport_key_times.cc
  sync/transport_key_upkeep.cc
  sync/wake_timer.cc)
set(B3IQ_SYNC_TESTS
  ../http/testing/test_certificate.cc sync/control_tls_test.cc
  sync/command_loop_test.cc sync/enrollment_record_test.cc sync/heartbeat_loop_test.cc sync/managed_service_test.cc
  sync/transport_key_times_test.cc sync/transport_key_upkeep_test.cc)
