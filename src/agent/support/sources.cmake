set(B3IQ_SUPPORT_SOURCES
  support/allowed_members.cc support/bundle_check.cc support/bundle_index.cc support/bundle_worker.cc support/shown_settings.cc support/support_bundle.cc support/tar_reader.cc
  support/tar_writer.cc cli/support_bundle_command.cc cli/support_verify_command.cc)
set(B3IQ_SUPPORT_TESTS support/allowed_members_test.cc support/bundle_check_test.cc)
