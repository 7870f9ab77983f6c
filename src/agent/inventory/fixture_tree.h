// For tests: a folder that looks like a machine's /proc, /sys and /etc, gone with the object.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "agent/inventory/inventory_types.h"

namespace b3iq::agent::inventory {

class FixtureTree {
 public:
  FixtureTree() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-machine-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  FixtureTree(const FixtureTree&) = delete;
  FixtureTree& operator=(const FixtureTree&) = delete;
  ~FixtureTree() { std::filesystem::remove_all(root_); }

  const std::string& root() const { return root_; }
  void file(const std::string& path, const std::string& text) const {
    const std::filesystem::path whole = root_ + path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  void link(const std::string& path, const std::string& target) const {
    const std::filesystem::path whole = root_ + path;
    std::filesystem::create_directories(whole.parent_path());
    std::filesystem::create_symlink(target, whole);
  }
  void folder(const std::string& path) const { std::filesystem::create_directories(root_ + path); }
  void remove(const std::string& path) const { std::filesystem::remove_all(root_ + path); }

  // A display device on the PCI bus, without what its driver adds.
  std::string pci_gpu(const std::string& address, const std::string& vendor,
                      const std::string& device, const std::string& driver) const {
    const std::string at = "/sys/bus/pci/devices/" + address;
    file(at + "/class", "0x030000\n");
    file(at + "/vendor", "0x" + vendor + "\n");
    file(at + "/device", "0x" + device + "\n");
    if (!driver.empty()) link(at + "/driver", "../../../bus/pci/drivers/" + driver);
    return at;
  }

 private:
  std::string root_;
};

// The reason that stands for `field`, or "" when the field is not told as unknown.
inline std::string reason_of(const std::vector<Unknown>& unknown, const std::string& field) {
  for (const auto& row : unknown) {
    if (row.field == field) return row.reason.value_or("");
  }
  return "";
}
inline std::string note_of(const std::vector<Note>& notes, const std::string& code) {
  for (const auto& note : notes) {
    if (note.code == code) return note.text.value_or("");
  }
  return "";
}

}  // namespace b3iq::agent::inventory
