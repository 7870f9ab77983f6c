# Sources of customers and the ledger.
set(B3IQ_CONTROL_MONEY_SOURCES
  admin/admin_customer_routes.cc admin/admin_ledger_routes.cc admin/admin_price_routes.cc
  billing/price_policy.cc billing/price_service.cc
  cli/admin_customers_command.cc cli/admin_ledger_command.cc cli/admin_money_table.cc cli/admin_options.cc cli/admin_prices_command.cc
  customers/billing_routes.cc customers/customer_access.cc customers/customer_service.cc customers/customer_store.cc
  customers/customer_token_service.cc customers/customer_types.cc customers/gateway_policy.cc customers/ledger_json.cc
  ledger/ledger_book.cc ledger/ledger_check.cc ledger/ledger_reader.cc ledger/ledger_reading_store.cc ledger/ledger_rows.cc ledger/ledger_rules.cc ledger/ledger_service.cc ledger/ledger_store.cc ledger/ledger_types.cc)
set(B3IQ_CONTROL_MONEY_TESTS
  billing/price_policy_test.cc customers/customer_routes_test.cc
  ledger/ledger_cap_test.cc ledger/ledger_check_test.cc ledger/ledger_kill_test.cc ledger/ledger_power_cut_test.cc ledger/ledger_random_test.cc ledger/ledger_test.cc ledger/ledger_types_test.cc)
