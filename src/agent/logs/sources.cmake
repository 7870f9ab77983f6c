set(B3IQ_LOGS_SOURCES logs/log_file.cc logs/log_reader.cc cli/logs_command.cc)
set(B3IQ_LOGS_TESTS logs/log_file_test.cc)
