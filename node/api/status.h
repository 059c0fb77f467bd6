// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <boost/json/array.hpp>

#include "node/api/command.h"
#include "proto/error.h"

namespace comity::api {

/// What `comity status` shows: one screen, stable keys.
struct NodeStatus {
  std::string agency_id;  ///< "comity1…"
  std::string words;      ///< its eight words
  std::string name;       ///< legal name
  std::string short_name;
  std::string version;   ///< of the program
  std::string instance;  ///< InstanceID in hexadecimal
  std::uint64_t boot_count = 0;
  bool restored = false;  ///< this start found a directory that was put back from a copy
  std::string started;    ///< RFC 3339
  std::uint64_t entries = 0;
  std::uint64_t store_bytes = 0;
  std::uint64_t free_bytes = 0;  ///< of the store's file system; 0 when unknown
  std::string web{};             ///< address of the pages; empty while they are nowhere
  bool ready = false;            ///< keys loaded, store open, writes taken
  boost::json::array peers{};    ///< as `peer list` shows them
  std::uint32_t keydoc = 0;      ///< version of our newest key document
  std::string keys_end;          ///< until when it counts, RFC 3339
  /// How far the index of the search is: ready, or so many entries of so many.
  bool search_ready = false;
  std::uint64_t search_done = 0;
  std::uint64_t search_total = 0;
  /// Why the store takes no writes.
  std::optional<proto::Error> read_only;
};

/// The document: agency_id, words, name, short_name, version, instance, boot_count, restored, started,
/// entries, peers (a list), keydoc, keys_end, web, store_bytes, free_bytes, ready, search (ready, done,
/// total), read_only (null, or a problem with code, title, detail and next_step).
[[nodiscard]] boost::json::object to_json(const NodeStatus& status);

/// The command "status". `look` runs on the owner thread and outlives the table.
[[nodiscard]] Command status_command(std::function<NodeStatus()> look);

}  // namespace comity::api
