set(B3IQ_UPSTREAM_SOURCES
  upstream/dial_policy.cc
  upstream/trailing_bodies.cc
  upstream/upstream_error.cc)
set(B3IQ_UPSTREAM_TESTS
  upstream/dial_policy_test.cc
  upstream/upstream_error_test.cc)
