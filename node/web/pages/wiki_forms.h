// SPDX-License-Identifier: EUPL-1.2
// The forms by which wiki pages are changed, and what they do.
#pragma once

#include "node/web/pages/wiki_views.h"

namespace comity::web {

[[nodiscard]] http::Task<http::Response> wiki_edit(Shared visit, WikiAt at, std::shared_ptr<Lens> lens,
                                                   SeenSpace space, Written written,
                                                   boost::json::value problem, unsigned status);
[[nodiscard]] http::Task<http::Response> wiki_merge(Shared visit, WikiAt at, std::shared_ptr<Lens> lens,
                                                    SeenSpace space, Written written,
                                                    boost::json::value problem, unsigned status);
[[nodiscard]] http::Task<http::Response> wiki_rename(Shared visit, WikiAt at, std::shared_ptr<Lens> lens,
                                                     SeenSpace space, boost::json::value problem,
                                                     unsigned status);
/// A POST to the page: the field "do" says put, merge, rename, restore or stamp.
[[nodiscard]] http::Task<http::Response> wiki_change(Shared visit, WikiAt at, std::shared_ptr<Lens> lens,
                                                     SeenSpace space);

}  // namespace comity::web
