// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/search/words.h"

struct sqlite3;

namespace comity::community::search {

/// Tells a connection of FTS5's tokenizer "comity", which takes texts that are terms already (query.h), and
/// of the function weigh(). Whoever writes a text cuts it into terms himself first: then no version of SQLite
/// and no state of the connection decides about them. Errors: kStoreFailed.
[[nodiscard]] Status add_tokenizer(sqlite3* database);

/// A text as the tokenizer takes it: the terms of `text`, each where it stands. Empty when there are none.
[[nodiscard]] std::string raw_terms(std::string_view text, Words& words);
/// The same for one of terms only.
void append_raw(std::string& out, std::string_view term, bool same_place = false);

}  // namespace comity::community::search
