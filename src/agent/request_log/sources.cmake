set(B3IQ_REQUEST_LOG_SOURCES
  request_log/answer_text.cc request_log/early_refusal.cc request_log/kept_content.cc request_log/logged_request.cc request_log/request_log.cc
  request_log/request_log_routes.cc request_log/request_log_service.cc
  auth/account_names.cc auth/usage_store.cc setup/usage_routes.cc)
set(B3IQ_REQUEST_LOG_TESTS
  request_log/answer_text_test.cc request_log/request_log_test.cc request_log/request_log_service_test.cc auth/usage_store_test.cc)
