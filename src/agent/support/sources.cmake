set(B3IQ_SUPPORT_SOURCES
  support/allowed_members.cc support/shown_settings.cc support/support_bundle.cc support/tar_writer.cc
  cli/support_bundle_command.cc)
set(B3IQ_SUPPORT_TESTS support/allowed_members_test.cc)
