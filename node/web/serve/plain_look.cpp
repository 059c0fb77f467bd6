// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/plain_look.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace comity::web {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& in, std::string_view name) {
  const json::value* const value = in.if_contains(name);
  if (value == nullptr || value->is_null()) return {};
  return escaped(value->is_string() ? std::string(value->get_string()) : json::serialize(*value));
}

std::string hidden(std::string_view name, const std::string& escaped_value) {
  return fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">", name, escaped_value);
}

std::string sign_in_form(const json::object& page, const json::object& view) {
  return fmt::format(
      "<form method=\"post\" action=\"{}/sign-in\">{}{}{}"
      "<p><label>Name <input name=\"handle\" value=\"{}\" autocomplete=\"username\"></label>"
      "<p><label>Password <input name=\"password\" type=\"password\" "
      "autocomplete=\"current-password\"></label>"
      "<p><button>Sign in</button></form>",
      text_of(page, "base"), hidden("csrf", text_of(page, "csrf")), hidden("next", text_of(view, "next")),
      hidden("kept", text_of(view, "kept")), text_of(view, "handle"));
}

std::string sign_out_form(const json::object& page) {
  return fmt::format("<form method=\"post\" action=\"{}/sign-out\">{}<button>Sign out</button></form>",
                     text_of(page, "base"), hidden("csrf", text_of(page, "csrf")));
}

std::string resend_form(const json::object& page, const json::object& view) {
  std::string fields = hidden("csrf", text_of(page, "csrf")) + hidden("once", text_of(view, "once"));
  for (const json::value& field : view.at("fields").as_array()) {
    if (field.is_object())
      fields += hidden(text_of(field.get_object(), "name"), text_of(field.get_object(), "value"));
  }
  return fmt::format("<form method=\"post\" action=\"{}{}\">{}<button>Send it again</button></form>",
                     text_of(page, "base"), text_of(view, "action"), fields);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string plain_look(const std::string& name, const json::object& view) {
  const json::object& page = view.at("page").as_object();
  std::string body;
  for (const auto& [key, value] : view) {
    if (key != "page") body += fmt::format("<dt>{}<dd>{}", escaped(key), text_of(view, key));
  }
  body = "<dl>" + body + "</dl>";
  if (name == "sign-in") body += sign_in_form(page, view);
  if (name == "resend") body += resend_form(page, view);
  if (name != "resend" && view.contains("once"))
    body +=
        "<form>" + hidden("csrf", text_of(page, "csrf")) + hidden("once", text_of(view, "once")) + "</form>";
  if (page.at("person").is_object()) body += sign_out_form(page);
  return fmt::format(
      "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>{} - {}</title><h1>{}</h1>{}</html>\n",
      escaped(name), text_of(page, "agency"), escaped(name), body);
}

}  // namespace comity::web
