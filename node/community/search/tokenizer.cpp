// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/tokenizer.h"

#include <array>
#include <cstring>

#include <sqlite3.h>

#include "node/community/search/columns.h"
#include "node/community/search/database.h"
#include "node/community/search/query.h"

namespace comity::community::search {
namespace {

// The tokenizer has no state of its own, and FTS5 wants something to point to.
Fts5Tokenizer* the_tokenizer() {
  static char place = 0;
  return reinterpret_cast<Fts5Tokenizer*>(&place);
}

int make_tokenizer(void* /*context*/, const char** /*arguments*/, int /*count*/,
                   Fts5Tokenizer** out) noexcept {
  *out = the_tokenizer();
  return SQLITE_OK;
}

void end_tokenizer(Fts5Tokenizer* /*tokenizer*/) noexcept {}

using OnToken = int (*)(void*, int, const char*, int, int, int);

int tokenize(Fts5Tokenizer* /*tokenizer*/, void* context, int /*flags*/, const char* bytes, int size,
             OnToken token) noexcept {
  if (bytes == nullptr || size <= 0 || bytes[0] != kRawMark) return SQLITE_OK;
  const std::string_view text(bytes, static_cast<std::size_t>(size));
  std::size_t at = 1;
  int flags = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find_first_of(kEnds, at), text.size());
    if (end != at) {
      const int result = token(context, flags, text.data() + at, static_cast<int>(end - at),
                               static_cast<int>(at), static_cast<int>(end));
      if (result != SQLITE_OK) return result;
    }
    flags = end < text.size() && text[end] == kSamePlace ? FTS5_TOKEN_COLOCATED : 0;
    at = end + 1;
  }
  return SQLITE_OK;
}

// How much a word counts where it stands, by column.
constexpr std::array<double, kColumns> kColumnWeight{4.0, 1.0, 3.0, 0.0};
// Of BM25 (Robertson and Zaragoza, 2009), with a usual length in place of the average: all figures come from
// the one document, since those of others would tell a reader about what he may not see.
constexpr double kSaturation = 1.2;
constexpr double kLengthShare = 0.5;
constexpr double kUsualWords = 200;
constexpr int kMostPhrases = 128;
constexpr int kMostPlaces = 1000;

void weigh(const Fts5ExtensionApi* api, Fts5Context* fts, sqlite3_context* context, int /*count*/,
           sqlite3_value** /*values*/) noexcept {
  int words = 0;
  int places = 0;
  int result = api->xColumnSize(fts, kTextColumn, &words);
  if (result == SQLITE_OK) result = api->xInstCount(fts, &places);
  std::array<double, kMostPhrases> often{};
  for (int i = 0; i < std::min(places, kMostPlaces) && result == SQLITE_OK; ++i) {
    int phrase = 0;
    int column = 0;
    int offset = 0;
    result = api->xInst(fts, i, &phrase, &column, &offset);
    if (result == SQLITE_OK && phrase < kMostPhrases && column < kColumns)
      often.at(static_cast<std::size_t>(phrase)) += kColumnWeight.at(static_cast<std::size_t>(column));
  }
  if (result != SQLITE_OK) {
    sqlite3_result_error_code(context, result);
    return;
  }
  const double length = 1.0 - kLengthShare + kLengthShare * words / kUsualWords;
  double weight = 0;
  for (const double each : often)
    weight += each * (kSaturation + 1.0) / (each + kSaturation * length);
  sqlite3_result_double(context, weight);
}

Result<fts5_api*> api_of(sqlite3* database) {
  // https://www.sqlite.org/fts5.html, section 7
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  int result = sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr);
  if (result == SQLITE_OK) result = sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
  if (result == SQLITE_OK) (void)sqlite3_step(statement);
  sqlite3_finalize(statement);
  if (api == nullptr) return Error{Code::kStoreFailed, "search index: this SQLite has no FTS5"};
  return api;
}

}  // namespace

Status add_tokenizer(sqlite3* database) {
  COMITY_TRY(fts5_api* const api, api_of(database));
  fts5_tokenizer methods{.xCreate = make_tokenizer, .xDelete = end_tokenizer, .xTokenize = tokenize};
  int result = api->xCreateTokenizer(api, "comity", nullptr, &methods, nullptr);
  if (result == SQLITE_OK) result = api->xCreateFunction(api, "weigh", nullptr, weigh, nullptr);
  if (result != SQLITE_OK) return error_of(database, result);
  return {};
}

void append_raw(std::string& out, std::string_view term, bool same_place) {
  if (out.empty()) {
    out += kRawMark;
  } else {
    out += same_place ? kSamePlace : kTermEnd;
  }
  out += term;
}

std::string raw_terms(std::string_view text, Words& words) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  words.each(text, [&](const Term& term) { append_raw(out, term.text, term.stem); });
  return out;
}

}  // namespace comity::community::search
