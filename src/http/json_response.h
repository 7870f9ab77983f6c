// Answers whose body is one JSON object, and lists in the form that OpenAI's clients read:
// {"object":"list","data":[…]}.
#pragma once

#include <string>

#include "http/message.h"
#include "json/json.h"

namespace b3iq::http {

// Status 200; `write_members(json::Writer&)` writes what stands in the object.
template <class F>
Response object_answer(const F& write_members) {
  Response response;
  json::Writer w(response.body.emplace<std::string>());
  w.begin_object();
  write_members(w);
  w.end_object();
  return response;
}

// `write_item(json::Writer&, item)` writes one value, or nothing to leave the item out;
// `write_more(json::Writer&)` adds members behind `data`.
template <class Items, class F, class G>
Response list_answer(const Items& items, const F& write_item, const G& write_more) {
  return object_answer([&](json::Writer& w) {
    w.member("object", "list");
    w.key("data");
    w.begin_array();
    for (const auto& item : items) write_item(w, item);
    w.end_array();
    write_more(w);
  });
}

template <class Items, class F>
Response list_answer(const Items& items, const F& write_item) {
  return list_answer(items, write_item, [](json::Writer&) {});
}

}  // namespace b3iq::http
