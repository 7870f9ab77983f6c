#include "base/bytes.h"
#include "client/home/pins.h"
#include "protocol/document_writer.h"
#include "protocol/identity.h"
#include "protocol/member_reader.h"

namespace b3iq::client {

using base::Result;
using protocol::MemberReader;

namespace {

Result<PinnedNode> read_node(json::Value value) {
  TRY(auto in, MemberReader::open(value, "A pinned node"));
  PinnedNode node;
  TRY(node.node_id, in.id<protocol::NodeId>("node_id"));
  TRY(node.public_key.bytes, in.bytes<32>("public_key_ed25519"));
  TRY(node.key_id, in.id<protocol::TransportKeyId>("key_id"));
  TRY(node.not_before_ms, in.time("not_before"));
  TRY(node.first_seen_ms, in.time("first_seen"));
  TRY_OK(in.done());
  if (protocol::node_id_of(node.public_key) != node.node_id)
    return in.refused("public_key_ed25519", "is not the key of this node id");
  return node;
}

Result<PinnedControlPlane> read_control_plane(json::Value value) {
  TRY(auto in, MemberReader::open(value, "A pinned control plane"));
  PinnedControlPlane plane;
  TRY(plane.url, in.printable("url", kMaxPinnedUrlBytes));
  TRY(plane.id, in.id<protocol::ControlPlaneId>("control_plane_id"));
  TRY(const auto key, in.printable("log_verifier_key", protocol::kMaxVerifierBytes));
  TRY(plane.log, protocol::parse_note_verifier(key));
  TRY(plane.first_seen_ms, in.time("first_seen"));
  TRY_OK(in.done());
  return plane;
}

}  // namespace

std::string encode_pins(const Pins& pins) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("type", kPinsType);
  w.key("nodes");
  w.begin_array();
  for (const auto& node : pins.nodes) {
    w.begin_object();
    w.member("node_id", node.node_id.text());
    protocol::write_bytes(w, "public_key_ed25519", node.public_key.bytes);
    w.member("key_id", node.key_id.text());
    protocol::write_time(w, "not_before", node.not_before_ms);
    protocol::write_time(w, "first_seen", node.first_seen_ms);
    w.end_object();
  }
  w.end_array();
  w.key("control_planes");
  w.begin_array();
  for (const auto& plane : pins.control_planes) {
    w.begin_object();
    w.member("url", plane.url);
    w.member("control_plane_id", plane.id.text());
    w.member("log_verifier_key", protocol::encode_note_verifier(plane.log));
    protocol::write_time(w, "first_seen", plane.first_seen_ms);
    w.end_object();
  }
  w.end_array();
  w.end_object();
  return text.append("\n");
}

Result<Pins> decode_pins(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  TRY(auto in, MemberReader::open(document.root(), "A pins file"));
  TRY(const auto type, in.text("type"));
  if (type != kPinsType) return in.refused("type", "is not b3iq-pins-v1");
  Pins pins;
  TRY(const auto nodes, in.list("nodes", kMaxPinnedNodes));
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    TRY(auto node, read_node(nodes.at(i)));
    pins.nodes.push_back(std::move(node));
  }
  TRY(const auto planes, in.list("control_planes", kMaxPinnedControlPlanes));
  for (std::size_t i = 0; i < planes.size(); ++i) {
    TRY(auto plane, read_control_plane(planes.at(i)));
    pins.control_planes.push_back(std::move(plane));
  }
  TRY_OK(in.done());
  return pins;
}

}  // namespace b3iq::client
