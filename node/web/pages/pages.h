// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/web/serve/assets.h"
#include "node/web/serve/router.h"

namespace comity::web {

/// Every page that people work with, and the files they refer to. Called once, before the site serves.
void add_pages(Router& router, Assets& assets);

// One function per file; each adds what its file has.
void add_home_pages(Router& router);
void add_space_pages(Router& router);
void add_thread_pages(Router& router);
void add_entry_pages(Router& router);
void add_wiki_pages(Router& router);
void add_people_pages(Router& router);
void add_search_pages(Router& router);
void add_attention_pages(Router& router);
void add_message_pages(Router& router);
void add_draft_pages(Router& router);
void add_operator_pages(Router& router);
void add_settings_pages(Router& router);

}  // namespace comity::web
