// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/router.h"

#include <algorithm>
#include <stdexcept>

namespace comity::web {
namespace {

using Parts = std::vector<std::pair<std::string, std::string>>;

// Deeper than any page.
constexpr std::size_t kMostParts = 32;

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  path.remove_prefix(1);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    out.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    // A slash at the end is an empty part.
    if (path.empty()) out.emplace_back();
  }
  return out;
}

bool is_named(const std::string& part) {
  return part.size() > 2 && part.front() == '{' && part.back() == '}';
}

bool is_rest(const std::string& part) {
  return is_named(part) && part[part.size() - 2] == '*';
}

std::string name_of(const std::string& part) {
  return part.substr(1, part.size() - (is_rest(part) ? 3 : 2));
}

/// An encoded slash may stand in a part, but hides no part that could not stand there by itself.
bool passable(std::string_view part) {
  for (std::string_view rest = part;;) {
    const std::size_t slash = rest.find('/');
    const std::string_view piece = rest.substr(0, slash);
    if (piece.empty() || piece == "." || piece == "..") return false;
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  return std::ranges::none_of(part, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// The parts that the pattern of a route names, out of those of the path.
Parts named_parts(const Route& route, const std::vector<std::string>& parts) {
  Parts out;
  const std::vector<std::string> pattern = split(route.pattern);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_rest(pattern[i])) {
      std::string rest;
      for (std::size_t at = i; at < parts.size(); ++at)
        rest += (at == i ? "" : "/") + parts[at];
      out.emplace_back(name_of(pattern[i]), std::move(rest));
      break;
    }
    if (is_named(pattern[i])) out.emplace_back(name_of(pattern[i]), parts[i]);
  }
  return out;
}

}  // namespace

void Router::get(std::string pattern, Access access, Page page) {
  add({.method = "GET", .pattern = std::move(pattern), .access = access, .page = std::move(page)});
}

void Router::post(std::string pattern, Access access, Page page, Sending sending) {
  add({.method = "POST",
       .pattern = std::move(pattern),
       .access = access,
       .sending = sending,
       .page = std::move(page)});
}

void Router::add(Route route) {
  if (!route.pattern.starts_with('/'))
    throw std::logic_error("a route begins with a slash: " + route.pattern);
  Node* node = &root_;
  std::map<std::string, Route>* place = nullptr;
  for (const std::string& part : split(route.pattern)) {
    if (is_rest(part)) {
      place = &node->rest;
      break;
    }
    std::unique_ptr<Node>& next = is_named(part) ? node->named : node->literal[part];
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  if (place == nullptr) place = &node->here;
  const std::string method = route.method;
  if (const auto [at, added] = place->emplace(method, std::move(route)); !added)
    throw std::logic_error("two routes for " + method + " " + at->second.pattern);
}

void Router::walk(const Node& node, std::vector<std::string>& parts, std::size_t at, std::string_view method,
                  Found& found) const {
  if (found.route != nullptr) return;
  const auto take = [&](const std::map<std::string, Route>& routes) {
    for (const auto& [name, route] : routes) {
      if (std::ranges::find(found.methods, name) == found.methods.end()) found.methods.push_back(name);
      if (name != method) continue;
      found.route = &route;
      found.parts = named_parts(route, parts);
    }
  };
  if (at == parts.size()) return take(node.here);
  if (const auto next = node.literal.find(parts[at]); next != node.literal.end())
    walk(*next->second, parts, at + 1, method, found);
  if (found.route == nullptr && node.named != nullptr) walk(*node.named, parts, at + 1, method, found);
  if (found.route == nullptr) take(node.rest);
}

Router::Found Router::find(std::string_view method, std::string_view path) const {
  Found found;
  if (!path.starts_with('/')) return found;
  std::vector<std::string> parts = split(path);
  if (parts.size() > kMostParts) return found;
  for (std::string& part : parts) {
    auto decoded = percent_decode(part, false);
    if (!decoded || !passable(*decoded)) return found;
    part = *std::move(decoded);
  }
  walk(root_, parts, 0, method == "HEAD" ? "GET" : method, found);
  return found;
}

void Router::collect(const Node& node, std::vector<const Route*>& out) {
  for (const auto* routes : {&node.here, &node.rest}) {
    for (const auto& [method, route] : *routes)
      out.push_back(&route);
  }
  for (const auto& [name, next] : node.literal)
    collect(*next, out);
  if (node.named != nullptr) collect(*node.named, out);
}

std::vector<const Route*> Router::all() const {
  std::vector<const Route*> out;
  collect(root_, out);
  std::ranges::sort(out, {}, [](const Route* route) { return route->pattern + " " + route->method; });
  return out;
}

}  // namespace comity::web
