// The paths of the managed plane (docs/protocol): one place for the node that calls and the control
// plane that serves.
#pragma once

#include <string>
#include <string_view>

#include "protocol/ids.h"

namespace b3iq::protocol {

inline constexpr std::string_view kChallengesPath = "/v1/nodes/enrollment/challenges";  // POST
inline constexpr std::string_view kEnrollmentPath = "/v1/nodes/enrollment";             // POST

inline std::string node_path(const NodeId& node_id, std::string_view rest) {
  std::string path = "/v1/nodes/";
  path.append(node_id.text()).append(rest);
  return path;
}
inline std::string heartbeats_path(const NodeId& id) {
  return node_path(id, "/heartbeats");
}  // POST
inline std::string inventory_path(const NodeId& id) { return node_path(id, "/inventory"); }  // PUT
inline std::string poll_path(const NodeId& id) { return node_path(id, "/commands/poll"); }   // POST
inline std::string receipts_path(const NodeId& id) { return node_path(id, "/receipts"); }    // POST
inline std::string frames_path(const NodeId& id) { return node_path(id, "/frames"); }        // POST
inline std::string unenroll_path(const NodeId& id) { return node_path(id, "/unenroll"); }    // POST
inline std::string result_path(const NodeId& id, const CommandId& command) {                 // POST
  return node_path(id, "/commands/" + command.text() + "/result");
}

}  // namespace b3iq::protocol
