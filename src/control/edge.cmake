# Sources of the outward side: admin, audit, public API, settings, metrics, command line.
set(B3IQ_CONTROL_EDGE_SOURCES
  admin/admin_access.cc admin/admin_approval_routes.cc admin/admin_audit_routes.cc admin/admin_body.cc admin/admin_command_routes.cc
  admin/admin_credential_routes.cc admin/admin_credential_service.cc admin/admin_credential_store.cc
  admin/admin_credential_types.cc admin/admin_node_routes.cc admin/admin_page.cc admin/admin_routes.cc
  admin/admin_second_person.cc admin/admin_status_routes.cc admin/admin_token_routes.cc
  approvals/approval_gate.cc approvals/approval_service.cc approvals/approval_store.cc approvals/approval_types.cc
  audit/audit_trail.cc audit/audit_trail_store.cc
  cli/admin_approvals_command.cc cli/admin_audit_command.cc cli/admin_call.cc cli/admin_channel.cc cli/admin_command_table.cc cli/admin_commands_command.cc
  cli/admin_credentials_command.cc cli/admin_nodes_command.cc cli/admin_tokens_command.cc cli/control_backup_command.cc
  cli/control_command_line.cc cli/control_config.cc cli/control_doctor.cc cli/control_file.cc cli/control_init.cc
  cli/control_serve.cc cli/control_version.cc cli/made_secret.cc cli/receipt_log_command.cc
  config/address_range.cc config/control_home.cc config/control_settings.cc config/control_settings_table.cc
  limits/address_buckets.cc limits/client_address.cc
  metrics/control_metrics.cc metrics/control_metrics_routes.cc
  public_api/public_answer.cc public_api/public_facts.cc public_api/public_receipt_routes.cc public_api/public_receipts.cc
  public_api/public_routes.cc)
set(B3IQ_CONTROL_EDGE_TESTS
  admin/admin_routes_test.cc approvals/approval_test.cc audit/audit_trail_test.cc config/control_settings_test.cc limits/address_buckets_test.cc
  public_api/public_routes_test.cc)
