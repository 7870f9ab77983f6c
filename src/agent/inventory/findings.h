// What a reader could not find out and what a person should know, collected while it reads.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/inventory/inventory_types.h"
#include "base/result.h"

namespace b3iq::agent::inventory {

struct Findings {
  std::vector<Unknown> unknown;
  std::vector<Note> notes;

  void no(std::string field, std::string reason) {
    unknown.push_back({std::move(field), std::move(reason)});
  }
  void note(std::string code, std::string text) {
    notes.push_back({std::move(code), std::move(text)});
  }
  // The value, or nullopt with the error's text as the reason.
  template <class T>
  std::optional<T> keep(const std::string& field, base::Result<T> result) {
    if (result.ok()) return std::move(result).value();
    no(field, result.error().detail);
    return std::nullopt;
  }
};

}  // namespace b3iq::agent::inventory
