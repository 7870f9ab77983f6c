#include "dialects/arguments_object.h"

namespace b3iq::dialects {

void write_arguments_object(json::Writer& w, std::string_view arguments) {
  const auto parsed = json::Document::parse(arguments);
  if (parsed.ok() && parsed->root().is_object()) return w.raw(parsed->root().to_text());
  w.begin_object();
  if (arguments.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    w.member("unparsed_arguments", arguments);
  }
  w.end_object();
}

}  // namespace b3iq::dialects
