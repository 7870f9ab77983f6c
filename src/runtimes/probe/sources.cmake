set(B3IQ_PROBE_SOURCES
  probe/runtime_probe.cc
  probe/server_marks.cc)
set(B3IQ_PROBE_TESTS
  probe/runtime_probe_test.cc)
