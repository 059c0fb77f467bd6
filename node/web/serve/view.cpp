// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/view.h"

#include "node/web/serve/services.h"

namespace comity::web {

namespace json = boost::json;
using proto::Code;

json::object page_view(const Visit& visit, std::string_view name) {
  json::object page{{"name", name},
                    {"base", visit.base},
                    {"csrf", visit.csrf},
                    {"here", visit.path},
                    {"locale", visit.locale},
                    {"zone", visit.zone},
                    {"theme", visit.theme},
                    {"agency", visit.services->agency},
                    {"short_name", visit.services->short_name},
                    {"person", nullptr}};
  if (visit.person) {
    page["person"] = json::object{{"handle", visit.person->handle},
                                  {"address", visit.person->address},
                                  {"name", visit.person->name},
                                  {"unit", visit.person->unit},
                                  {"administrator", visit.person->administrator}};
  }
  return {{"page", std::move(page)}};
}

proto::Error told(const proto::Error& error) {
  if (error.code == Code::kNotAllowed) return {Code::kWebNotThere, {}};
  // A detail would tell at which step it was refused.
  return status_for(error.code) == 404 ? proto::Error{error.code, {}} : error;
}

unsigned status_for(Code code) noexcept {
  switch (code) {
    case Code::kSpaceUnknown:
    case Code::kUserUnknown:
    case Code::kPostUnknown:
    case Code::kPageUnknown:
    case Code::kRevisionUnknown:
    case Code::kPeerUnknown:
    case Code::kIdRule:
    case Code::kNotAllowed:
      return 404;
    default:
      return http::status_of(code);
  }
}

}  // namespace comity::web
