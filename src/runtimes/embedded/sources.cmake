set(B3IQ_EMBEDDED_SOURCES
  embedded/worker_frame.cc)
set(B3IQ_EMBEDDED_TESTS
  embedded/worker_frame_test.cc)
