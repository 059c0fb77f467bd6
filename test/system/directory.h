// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "node/feed/writer.h"
#include "node/home/open.h"
#include "node/home/store.h"

namespace comity::test {

template <class T>
T must(proto::Result<T> result) {
  if (result.ok()) return *std::move(result);
  throw std::runtime_error(proto::to_string(result.error()));
}
inline void must(const proto::Status& status) {
  if (!status.ok()) throw std::runtime_error(proto::to_string(status.error()));
}

/// A stopped node's directory, opened.
struct Directory {
  explicit Directory(const std::string& path) : paths(path), marker(must(home::look(paths))) {
    loaded = config::load_settings(paths.settings());
    if (!loaded.ok()) throw std::runtime_error("its settings do not load");
    store = must(home::open_store(paths, loaded.settings, marker, home::Ballast::kLeave));
  }
  home::Paths paths;
  home::Marker marker;
  config::Loaded loaded;
  std::unique_ptr<storage::Store> store;
};

class NoGrants final : public feed::GrantMaker {
 public:
  proto::Result<v1::Wrap> wrap(const crypto::FeedKey& /*key*/, const crypto::GrantContext& /*at*/) override {
    return proto::Error{proto::Code::kFeedNoGrant, {}};
  }
};

}  // namespace comity::test
