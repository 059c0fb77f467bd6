// SPDX-License-Identifier: EUPL-1.2
// What a page of node/web/pages is written against: who is asking, what they sent, and the commands of the
// node in their name.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "node/api/command.h"
#include "node/http/handler.h"
#include "node/runtime/pool.h"
#include "node/web/serve/form.h"

namespace comity::web {

struct Services;

/// Who is signed in.
struct Person {
  proto::UserId id;
  std::string handle;   ///< "maria"
  std::string address;  ///< "maria@health"
  std::string name;
  std::string unit;
  bool administrator = false;
  bool by_token = false;  ///< a program, by a token; no browser
};

/// Who may have a page. Whoever may not gets the answer that a missing one gives, apart from people who are
/// not signed in: those are asked to.
enum class Access : std::uint8_t { kAnyone, kPerson, kOperator };

/// One request of a browser, shared by everything that works on the answer. Owner thread.
struct Visit {
  http::Request request;
  std::string path;  ///< decoded, below `base`
  Form query;
  Form form;  ///< of a POST
  std::vector<std::pair<std::string, std::string>> parts;
  std::optional<Person> person;
  std::string
      csrf;  ///< for the hidden field "csrf" of every form, and for the header X-CSRF-Token of scripts
  std::string base;  ///< what web.base says: precedes every path of a link; see url()
  std::string host;  ///< as the browser names us
  bool secure = false;
  /// As the reader chose in the settings page, kept in cookies; plain words that need no check.
  std::string locale = "en";
  std::string zone = "UTC";    ///< as in the tz database
  std::string theme = "auto";  ///< auto, light or dark
  Services* services = nullptr;
  std::string secret;           ///< of the session or the token that sends this; never shown
  std::uint32_t scopes = ~0U;   ///< what the token allows (node/api/scopes.h); everything for a session
  bool from_elsewhere = false;  ///< a page of another site has sent it
  std::string owner;            ///< the secret of a cookie that forms belong to; never shown
  std::string address;          ///< from where the browser calls
  bool tagged = true;           ///< the answer may be the same again, and then need not be sent: see ETag
  /// Set-Cookie of the answer, whatever the page answers.
  std::vector<std::string> cookies;

  /// The part of the path that a route names; empty when it names none such.
  [[nodiscard]] std::string part(std::string_view name) const;
  /// A field of a POST; nothing when it is absent.
  [[nodiscard]] std::optional<std::string> field(std::string_view name) const { return form.find(name); }
  /// A value of the query; nothing when it is absent.
  [[nodiscard]] std::optional<std::string> asked(std::string_view name) const { return query.find(name); }
  /// For the hidden field "once" of a form that makes something: sent a second time, it makes nothing again.
  /// Another text each time.
  [[nodiscard]] std::string once() const;
  /// A path of ours ("/spaces") as a link.
  [[nodiscard]] std::string url(std::string_view path_below_base) const {
    return base + std::string(path_below_base);
  }
  /// The address of an asset by its name: "comity.css" becomes "/assets/comity.1a2b3c4d.css". Throws
  /// std::logic_error for a name that no room has added.
  [[nodiscard]] std::string asset(std::string_view name) const;

  /// A command of the node in the name of the person; without one, it fails with kWebSignedOut. Errors: those
  /// of the command.
  [[nodiscard]] http::Task<proto::Result<boost::json::value>> run(std::string command,
                                                                  boost::json::object arguments) const;
};

/// Answers one request. An exception ends in a page that says so.
using Page = std::function<http::Task<http::Response>(std::shared_ptr<Visit> visit)>;

/// A page of this text.
[[nodiscard]] http::Response html(std::string text, unsigned status = 200);
/// See another page: after a POST, so that reloading sends nothing again. `path` is below the base.
[[nodiscard]] http::Response see_other(const Visit& visit, std::string_view path);
/// The answer for what is missing, and for what the reader may not see.
[[nodiscard]] http::Response not_there(const Visit& visit);
/// A failure as a page, or as a problem document where a program asked.
[[nodiscard]] http::Response failure(const Visit& visit, const proto::Error& error);

/// Where pure functions that take longer than a moment run: templates, Markdown, compression.
[[nodiscard]] runtime::Pool& pool_of(const Visit& visit);

/// Runs `render` (it holds copies, never the visit) on a worker; the answer is what it gives.
template <class Render>
[[nodiscard]] http::Task<std::string> render_on_pool(std::shared_ptr<Visit> visit, Render render) {
  std::string text = co_await pool_of(*visit).run(std::move(render));
  co_return text;
}

}  // namespace comity::web
