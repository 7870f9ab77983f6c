set(B3IQ_DOCTOR_SOURCES
  doctor/config_checks.cc doctor/embedded_checks.cc doctor/examine.cc doctor/home_checks.cc
  doctor/identity_checks.cc doctor/installation_checks.cc doctor/installed_model_checks.cc doctor/listener_checks.cc doctor/machine_checks.cc doctor/managed_checks.cc
  doctor/model_name_checks.cc doctor/node_checks.cc doctor/server_checks.cc doctor/short_question.cc
  doctor/state_checks.cc doctor/tls_checks.cc)
set(B3IQ_DOCTOR_TESTS doctor/doctor_test.cc)
