// SPDX-License-Identifier: EUPL-1.2
#include <array>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmime/gmime.h>

#include "crypto/sha256.h"
#include "node/community/import/files.h"
#include "node/community/import/import_item.h"
#include "proto/bounds.h"
#include "proto/utf8.h"

namespace comity::community {
namespace {

// As it stands in the mail; encodings take up to three bytes for one.
constexpr gint64 kMostPartBytes = 1024 * 1024;
constexpr std::size_t kMostAnswers = 64;
constexpr std::size_t kIdBytes = 512;

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

struct GFree {
  void operator()(char* text) const { g_free(text); }
};

void start_library() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

std::string text_of(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

// The first plain text that is no attachment.
GMimeTextPart* text_part(GMimeMessage* message) {
  GMimePartIter* const iter = g_mime_part_iter_new(GMIME_OBJECT(message));
  GMimeTextPart* found = nullptr;
  do {
    GMimeObject* const part = g_mime_part_iter_get_current(iter);
    if (part == nullptr || !GMIME_IS_TEXT_PART(part)) continue;
    const std::string disposition = text_of(g_mime_object_get_disposition(part));
    GMimeContentType* const type = g_mime_object_get_content_type(part);
    if (disposition != "attachment" && g_mime_content_type_is_type(type, "text", "plain"))
      found = GMIME_TEXT_PART(part);
  } while (found == nullptr && g_mime_part_iter_next(iter) != 0);
  g_mime_part_iter_free(iter);
  return found;
}

// Lines that an mbox quotes, so that none begins a message, lose one ">".
std::string unquoted(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    std::string_view line = text.substr(0, end);
    const std::size_t arrows = std::min(line.find_first_not_of('>'), line.size());
    if (arrows > 0 && line.substr(arrows).starts_with("From ")) line.remove_prefix(1);
    out += line;
    text.remove_prefix(end);
  }
  return out;
}

Result<std::string> text_in(GMimeMessage* message) {
  GMimeTextPart* const part = text_part(message);
  if (part == nullptr) return Error{Code::kImportNothing, "there is no plain text in it"};
  GMimeDataWrapper* const content = g_mime_part_get_content(GMIME_PART(part));
  if (content == nullptr) return Error{Code::kImportNothing, {}};
  const gint64 size = g_mime_stream_length(g_mime_data_wrapper_get_stream(content));
  if (size > kMostPartBytes) return Error{Code::kImportTooLarge, fmt::format("{} bytes", size)};
  const std::unique_ptr<char, GFree> raw(g_mime_text_part_get_text(part));
  const std::string text = unquoted(text_of(raw.get()));
  auto clean = cleaned(text);
  if (!clean) return Error{Code::kImportEncoding, text_of(g_mime_text_part_get_charset(part))};
  clean->erase(clean->find_last_not_of(" \t\n") + 1);
  if (clean->empty()) return Error{Code::kImportNothing, {}};
  if (clean->size() > proto::bounds::kTextBytes)
    return Error{Code::kImportTooLarge, fmt::format("{} bytes", clean->size())};
  return *std::move(clean);
}

void add_answers(GMimeMessage* message, const char* header, std::vector<std::string>& out) {
  const char* const value = g_mime_object_get_header(GMIME_OBJECT(message), header);
  if (value == nullptr) return;
  GMimeReferences* const references = g_mime_references_parse(nullptr, value);
  // The last one is the nearest.
  for (int i = g_mime_references_length(references); i-- > 0 && out.size() < kMostAnswers;) {
    std::string id = cleaned_line(text_of(g_mime_references_get_message_id(references, i)), kIdBytes);
    if (!id.empty()) out.push_back(std::move(id));
  }
  g_mime_references_free(references);
}

std::string sender(GMimeMessage* message) {
  InternetAddressList* const from = g_mime_message_get_from(message);
  if (from == nullptr || internet_address_list_length(from) == 0) return {};
  InternetAddress* const first = internet_address_list_get_address(from, 0);
  std::string name = cleaned_line(text_of(internet_address_get_name(first)), 256);
  if (name.empty() && INTERNET_ADDRESS_IS_MAILBOX(first))
    name = cleaned_line(text_of(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first))), 256);
  return name;
}

Result<ImportItem> read_message(GMimeMessage* message) {
  ImportItem item;
  COMITY_TRY(item.text, text_in(message));
  item.title = cleaned_line(text_of(g_mime_message_get_subject(message)), 512);
  if (item.title.empty()) item.title = "(no subject)";
  item.origin.author = sender(message);
  if (GDateTime* const date = g_mime_message_get_date(message)) {
    const gint64 seconds = g_date_time_to_unix(date);
    if (seconds > 0) item.origin.time = WallTime(std::chrono::seconds(seconds));
  }
  item.origin.id = cleaned_line(text_of(g_mime_message_get_message_id(message)), kIdBytes);
  if (item.origin.id.empty()) {
    item.origin.id =
        "sha256:" + crypto::sha256({proto::as_bytes(item.title), proto::as_bytes(item.origin.author),
                                    proto::as_bytes(item.text)})
                        .hex();
  }
  add_answers(message, "In-Reply-To", item.answers);
  add_answers(message, "References", item.answers);
  std::string url =
      cleaned_line(text_of(g_mime_object_get_header(GMIME_OBJECT(message), "Archived-At")), 2048);
  if (url.starts_with('<') && url.ends_with('>')) url = url.substr(1, url.size() - 2);
  item.origin.url = std::move(url);
  return item;
}

Owned<GMimeParser> mbox_parser(GMimeStream* stream) {
  Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream));
  g_mime_parser_set_format(parser.get(), GMIME_FORMAT_MBOX);
  return parser;
}

/// Where the next line begins that may begin a mail, behind `at`; nothing at the end. Reads on once.
std::optional<gint64> separator_behind(const std::string& path, gint64 at) {
  constexpr std::string_view kMark = "\nFrom ";
  constexpr std::size_t kBlock = 64U * 1024;
  std::ifstream in(path, std::ios::binary);
  in.seekg(at);
  std::string block;
  std::string held;
  gint64 start = at;  // of `held`
  while (in) {
    block.resize(kBlock);
    in.read(block.data(), kBlock);
    held.append(block, 0, static_cast<std::size_t>(in.gcount()));
    if (const std::size_t found = held.find(kMark); found != std::string::npos)
      return start + static_cast<gint64>(found) + 1;
    // The mark may lie across two blocks.
    const std::size_t done = held.size() - std::min(held.size(), kMark.size() - 1);
    held.erase(0, done);
    start += static_cast<gint64>(done);
  }
  return std::nullopt;
}

class Mails final : public ImportSource {
 public:
  Mails(std::string path, std::string source, Owned<GMimeStream> stream, bool one)
      : path_(std::move(path)),
        source_(std::move(source)),
        stream_(std::move(stream)),
        parser_(one ? Owned<GMimeParser>(g_mime_parser_new_with_stream(stream_.get()))
                    : mbox_parser(stream_.get())),
        one_(one) {
    if (one) g_mime_parser_set_format(parser_.get(), GMIME_FORMAT_MESSAGE);
  }

  std::optional<Imported> next() override {
    if (ended_ || g_mime_parser_eos(parser_.get()) != 0) return std::nullopt;
    const gint64 before = g_mime_parser_tell(parser_.get());
    const Owned<GMimeMessage> message(g_mime_parser_construct_message(parser_.get(), nullptr));
    const gint64 after = g_mime_parser_tell(parser_.get());
    if (!message) {
      ended_ = !go_on_behind(before);
      if (ended_ && !found_ && before == 0) return problem(before, "there is no mail in it");
      return after > before ? std::optional<Imported>(problem(before, "it is no mail")) : std::nullopt;
    }
    found_ = true;
    const std::string where = fmt::format("{}, byte {}", path_, before);
    auto item = read_message(message.get());
    if (!item.ok()) return ImportProblem{where, item.error()};
    item->origin.source = source_;
    item->where = where;
    return *std::move(item);
  }

 private:
  ImportProblem problem(gint64 at, std::string_view what) const {
    return {fmt::format("{}, byte {}", path_, at), {Code::kImportFormat, std::string(what)}};
  }

  // A line of a text that nobody quoted ends that mail and begins none: what follows is looked for behind it.
  bool go_on_behind(gint64 at) {
    if (one_) return false;
    const auto next = separator_behind(path_, at + 1);
    if (!next || g_mime_stream_seek(stream_.get(), *next, GMIME_STREAM_SEEK_SET) != *next) return false;
    parser_ = mbox_parser(stream_.get());
    return true;
  }

  std::string path_;
  std::string source_;
  Owned<GMimeStream> stream_;
  Owned<GMimeParser> parser_;
  bool one_;
  bool found_ = false;
  bool ended_ = false;
};

Result<std::unique_ptr<ImportSource>> one_file(const std::string& path, std::string source) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return Error{Code::kImportUnreadable, path};
  Owned<GMimeStream> stream(g_mime_stream_fs_open(path.c_str(), O_RDONLY | O_CLOEXEC, 0, nullptr));
  if (!stream) return Error{Code::kImportUnreadable, path};
  const bool one = std::filesystem::path(path).extension() == ".eml";
  return std::unique_ptr<ImportSource>(
      std::make_unique<Mails>(path, std::move(source), std::move(stream), one));
}

/// The mails of one file after the other; one that cannot be read is told of, and the next one follows.
class MailFolder final : public ImportSource {
 public:
  MailFolder(std::vector<std::filesystem::path> files, std::string source)
      : files_(std::move(files)), source_(std::move(source)) {}

  std::optional<Imported> next() override {
    for (;;) {
      if (open_) {
        if (auto item = open_->next()) return item;
        open_.reset();
      }
      if (at_ == files_.size()) return std::nullopt;
      const std::string path = files_[at_++].string();
      auto source = one_file(path, source_);
      if (!source.ok()) return ImportProblem{path, source.error()};
      open_ = *std::move(source);
    }
  }

 private:
  std::vector<std::filesystem::path> files_;
  std::string source_;
  std::size_t at_ = 0;
  std::unique_ptr<ImportSource> open_;
};

}  // namespace

Result<std::unique_ptr<ImportSource>> mail_source(const std::string& path, std::string source) {
  start_library();
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) return one_file(path, std::move(source));
  static constexpr std::array<std::string_view, 2> kEndings{".eml", ".mbox"};
  COMITY_TRY(auto files, import_files(path, kEndings));
  return std::unique_ptr<ImportSource>(std::make_unique<MailFolder>(std::move(files), std::move(source)));
}

}  // namespace comity::community
