// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "node/web/serve/web.h"

namespace comity::web {

/// How a form is protected besides its token.
enum class Sending : std::uint8_t {
  kPlain,    ///< sent twice, it does no harm
  kProgram,  ///< no form: the page reads the body itself and says who may send it
  kOnce,  ///< it makes something: the form carries Visit::once(), and a second sending is answered like the
          ///< first
};

struct Route {
  std::string method;
  std::string pattern;
  Access access = Access::kPerson;
  Sending sending = Sending::kPlain;
  Page page;
};

/// Which page answers which address. Filled before it serves.
class Router {
 public:
  /// `pattern`: "/s/{space}/posts"; a last "{page*}" takes the rest of the path with its slashes. A literal
  /// part goes before a named one. HEAD is answered like GET. Throws std::logic_error for two routes alike.
  void get(std::string pattern, Access access, Page page);
  /// The token of the form is checked before the page runs.
  void post(std::string pattern, Access access, Page page, Sending sending = Sending::kPlain);
  void add(Route route);

  struct Found {
    const Route* route = nullptr;  ///< nullptr: no such page, or another method: see `methods`
    std::vector<std::pair<std::string, std::string>> parts{};
    std::vector<std::string> methods{};  ///< those that the address takes
  };
  /// `path` as sent, not decoded, without a query, below the base: each part is decoded once. Parts that are
  /// empty, "." or "..", that hold control characters or are no UTF-8 belong to no page.
  [[nodiscard]] Found find(std::string_view method, std::string_view path) const;

  /// In the order of their patterns: for the matrix of permissions.
  [[nodiscard]] std::vector<const Route*> all() const;

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literal;
    std::unique_ptr<Node> named;
    std::map<std::string, Route> here;  ///< by method
    std::map<std::string, Route> rest;
  };
  void walk(const Node& node, std::vector<std::string>& parts, std::size_t at, std::string_view method,
            Found& found) const;
  static void collect(const Node& node, std::vector<const Route*>& out);

  Node root_;
};

}  // namespace comity::web
