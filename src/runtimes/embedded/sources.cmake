set(B3IQ_EMBEDDED_SOURCES
  embedded/answer_channel.cc
  embedded/chat_frame.cc
  embedded/embedded_runtime.cc
  embedded/embedded_stream.cc
  embedded/embedding_frame.cc
  embedded/embedding_reader.cc
  embedded/machine_memory.cc
  embedded/model_file.cc
  embedded/model_host.cc
  embedded/open_answers.cc
  embedded/schema_bounds.cc
  embedded/schema_check.cc
  embedded/schema_node.cc
  embedded/schema_pattern.cc
  embedded/schema_reference.cc
  embedded/worker_frame.cc
  embedded/worker_hub.cc
  embedded/worker_process.cc)
set(B3IQ_EMBEDDED_TESTS
  embedded/schema_check_test.cc
  embedded/schema_pattern_test.cc
  embedded/worker_frame_test.cc
  embedded/worker_restarts_test.cc
  embedded/worker/text_filter.cc
  embedded/worker/text_filter_test.cc)
# These run the real worker.
if(B3IQ_EMBEDDED)
  list(APPEND B3IQ_EMBEDDED_TESTS
    embedded/embedded_cancel_test.cc
    embedded/embedded_embedding_test.cc embedded/embedding_hard_test.cc
    embedded/embedded_runtime_test.cc embedded/embedded_schema_test.cc
    embedded/embedded_tools_test.cc
    embedded/held_frames_test.cc
    embedded/model_host_test.cc
    embedded/worker_crash_test.cc
    embedded/worker_hang_test.cc embedded/worker_kernels_test.cc
    embedded/worker/sandbox_test.cc)
endif()
