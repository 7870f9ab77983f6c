#include "client/control_plane/log_statement.h"

#include "json/json.h"
#include "protocol/transparency/receipt_log_entry.h"

namespace b3iq::client {

base::Result<LogStatement> read_log_statement(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  LogStatement statement;
  TRY(statement.control_plane, protocol::ControlPlaneId::parse(
                                   document.root().find("control_plane_id").string().value_or("")));
  TRY(statement.log, protocol::read_receipt_log_statement(text, statement.control_plane));
  return statement;
}

}  // namespace b3iq::client
