// SPDX-License-Identifier: EUPL-1.2
#include "test/support/poison.h"

#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <zstd.h>

namespace comity::test {
namespace {

using proto::Bytes;
using proto::ByteView;
using namespace std::string_view_literals;

struct BadText {
  std::string_view name;
  std::string_view value;
};

// Not UTF-8, or not shown as it is written: on a terminal, in a log, in a page.
constexpr std::array<BadText, kBadTexts> kTexts{{
    {"NUL", "a\0b"sv},
    {"bell", "a\ab"sv},
    {"backspace", "a\bb"sv},
    {"vertical tab", "a\vb"sv},
    {"carriage return", "a\rb"sv},
    {"escape", "a\x1b[2Jb"sv},
    {"delete",
     "a\x7f"
     "b"sv},
    {"next line",
     "a\xc2\x85"
     "b"sv},
    {"control sequence of eight bits",
     "a\xc2\x9b"
     "2Jb"sv},
    {"left-to-right mark",
     "a\xe2\x80\x8e"
     "b"sv},
    {"line separator",
     "a\xe2\x80\xa8"
     "b"sv},
    {"paragraph separator",
     "a\xe2\x80\xa9"
     "b"sv},
    {"override of direction",
     "a\xe2\x80\xae"
     "b"sv},
    {"isolate",
     "a\xe2\x81\xa6"
     "b"sv},
    {"continuation alone",
     "a\x80"
     "b"sv},
    {"over-long NUL",
     "a\xc0\x80"
     "b"sv},
    {"surrogate",
     "a\xed\xa0\x80"
     "b"sv},
    {"beyond Unicode",
     "a\xf4\x90\x80\x80"
     "b"sv},
    {"cut sequence", "a\xe2\x82"sv},
    {"no such byte",
     "a\xff"
     "b"sv},
}};

void put_number(Bytes& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U)
    out.push_back(static_cast<std::byte>(value | 0x80U));
  out.push_back(static_cast<std::byte>(value));
}

Bytes field(std::uint32_t number, ByteView value) {
  Bytes out;
  put_number(out, (number << 3U) | 2U);
  put_number(out, value.size());
  proto::append(out, value);
  return out;
}
Bytes field(std::uint32_t number, std::string_view value) {
  return field(number, proto::as_bytes(value));
}
Bytes number_field(std::uint32_t number, std::uint64_t value) {
  Bytes out;
  put_number(out, number << 3U);
  put_number(out, value);
  return out;
}
Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts)
    proto::append(out, part);
  return out;
}

Bytes plain(ByteView content) {
  Bytes out{std::byte{0}};
  proto::append(out, content);
  return out;
}

Bytes zstd_frame(ByteView content) {
  Bytes out(1 + ZSTD_compressBound(content.size()));
  out[0] = std::byte{1};
  out.resize(1 + ZSTD_compress(out.data() + 1, out.size() - 1, content.data(), content.size(), 3));
  return out;
}

/// A frame of a gibibyte of zeros.
Bytes giant_frame(bool stated) {
  constexpr std::size_t kParts = 1024;
  const Bytes part(1U << 20U);
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
  if (stated) ZSTD_CCtx_setPledgedSrcSize(context.get(), kParts * part.size());
  Bytes out(1U << 20U);
  out[0] = std::byte{1};
  ZSTD_outBuffer to{out.data() + 1, out.size() - 1, 0};
  for (std::size_t i = 0; i < kParts; ++i) {
    ZSTD_inBuffer from{part.data(), part.size(), 0};
    const bool last = i + 1 == kParts;
    std::size_t left = 1;
    while (left != 0 && (last || from.pos < from.size)) {
      left = ZSTD_compressStream2(context.get(), &to, &from, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left) != 0 || to.pos == to.size) throw std::logic_error("a frame too large");
    }
  }
  out.resize(1 + to.pos);
  return out;
}

/// One text of a message: what stands before it and behind it in the order of the numbers.
struct TextField {
  std::string_view type;
  std::string_view name;
  std::uint32_t number;
  std::uint32_t required_text;  ///< a field before it that has to be there, 0: none
  bool names_target = false;    ///< field 1 is an EntryID
};

constexpr std::array<TextField, 22> kFields{{
    {"post", "title", 1, 0},         {"post", "text", 2, 0},
    {"post", "tag", 3, 0},           {"post", "url", 5, 0},
    {"reply", "text", 1, 0},         {"edit", "title", 2, 0, true},
    {"edit", "text", 3, 0, true},    {"edit", "tag", 4, 0, true},
    {"edit", "summary", 5, 0, true}, {"reaction", "kind", 2, 0, true},
    {"wiki", "path", 1, 0},          {"wiki", "title", 2, 1},
    {"wiki", "text", 3, 1},          {"wiki", "summary", 4, 1},
    {"update", "text", 1, 0},        {"profile", "handle", 1, 0},
    {"profile", "name", 2, 1},       {"profile", "unit", 3, 1},
    {"profile", "position", 4, 1},   {"profile", "skill", 5, 1},
    {"profile", "about", 6, 1},      {"profile", "mail", 7, 1},
}};

class Maker {
 public:
  Maker(const proto::AgencyId& agency, const proto::EntryId& target)
      : author_(field(1, joined({field(1, agency.view()), field(2, ByteView(agency.view()).first(16))}))),
        target_(target) {}

  std::vector<Poison> make() {
    texts();
    origins();
    shapes();
    lengths();
    packings();
    return std::move(out_);
  }

 private:
  void add(std::string name, Bytes packed) { out_.push_back({std::move(name), std::move(packed)}); }
  void add_content(std::string name, const Bytes& content) { add(std::move(name), plain(content)); }

  [[nodiscard]] Bytes content(std::string_view type, ByteView data, const Bytes& behind = {}) const {
    const Bytes above = type == "reply" ? field(3, target_.view()) : Bytes();
    const Bytes thread = type == "reply" ? field(4, target_.view()) : Bytes();
    return joined({author_, field(2, type), above, thread, field(5, data), behind});
  }

  void texts() {
    for (const TextField& text : kFields) {
      for (const BadText& bad : kTexts) {
        const Bytes before = text.names_target         ? field(1, target_.view())
                             : text.required_text != 0 ? field(text.required_text, "a")
                                                       : Bytes();
        add_content(std::string(text.type) + "." + std::string(text.name) + ": " + std::string(bad.name),
                    content(text.type, joined({before, field(text.number, bad.value)})));
      }
    }
  }

  void origins() {
    for (const BadText& bad : kTexts) {
      const auto with = [&](std::string_view name, const Bytes& origin) {
        add_content("origin." + std::string(name) + ": " + std::string(bad.name),
                    content("post", post_, field(10, origin)));
      };
      with("source", joined({field(1, bad.value), field(2, "1")}));
      with("id", joined({field(1, "list"), field(2, bad.value)}));
      with("author", joined({field(1, "list"), field(2, "1"), field(3, bad.value)}));
      with("url", joined({field(1, "list"), field(2, "1"), field(5, bad.value)}));
    }
  }

  void shapes() {
    const Bytes whole = content("post", post_);
    add_content("nothing at all", {});
    add_content("no type", joined({author_, field(5, post_)}));
    add_content("type in capitals", content("Post", post_));
    add_content("type with an escape", content("po\x1bst", post_));
    add_content("type too long", content(std::string(33, 'a'), post_));
    for (std::size_t size = 1; size < whole.size(); size += 7) {
      // A cut between two fields is a shorter content.
      if (size == author_.size()) continue;
      add_content("cut after " + std::to_string(size),
                  Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    }
    add_content("author twice", joined({author_, whole}));
    add_content("fields out of order", joined({field(2, "post"), author_, field(5, post_)}));
    add_content("an unknown field", joined({whole, field(77, "x")}));
    add_content("a reserved field", joined({author_, field(2, "post"), field(5, post_), field(6, "x")}));
    add_content("a group", joined({author_, field(2, "post"), Bytes{std::byte{0x1b}, std::byte{0x1c}}}));
    add_content("type as a number", joined({author_, number_field(2, 5)}));
    add_content("length beyond the end", joined({author_, Bytes{std::byte{0x12}, std::byte{0x7f}}}));
    add_content("author of half an agency",
                joined({field(1, field(1, "half")), field(2, "post"), field(5, post_)}));
    add_content("parent too short",
                joined({author_, field(2, "reply"), field(3, "short"), field(5, reply_)}));
    add_content("thread too long",
                joined({author_, field(2, "post"), field(4, std::string(33, 'x')), field(5, post_)}));
    add_content("reply to nothing", joined({author_, field(2, "reply"), field(5, reply_)}));
    for (const std::string_view type : {"post"sv, "reply"sv, "edit"sv, "reaction"sv, "accept"sv, "wiki"sv,
                                        "stamp"sv, "update"sv, "profile"sv}) {
      add_content(std::string(type) + ": noise", content(type, field(77, "x")));
      add_content(std::string(type) + ": a cut field",
                  content(type, ByteView(Bytes{std::byte{0x0a}, std::byte{9}})));
    }
  }

  void lengths() {
    Bytes parents;
    Bytes people;
    Bytes tags;
    for (int i = 0; i < 9; ++i)
      proto::append(parents, field(3, target_.view()));
    for (int i = 0; i < 65; ++i)
      proto::append(people, field(9, ByteView(author_).subspan(2)));
    for (int i = 0; i < 17; ++i)
      proto::append(tags, field(3, "t" + std::to_string(i)));
    add_content("nine parents", joined({author_, field(2, "reply"), parents, field(5, reply_)}));
    add_content("65 people mentioned", content("post", post_, people));
    add_content("17 tags", content("post", tags));
    add_content("a tag twice", content("post", joined({field(3, "t"), field(3, "t")})));
    add_content("an empty tag", content("post", field(3, "")));
    add_content("a tag of two words", content("post", field(3, "two words")));
    add_content("a tag too long", content("post", field(3, std::string(65, 't'))));
    add_content("a title too long", content("post", field(1, std::string(513, 't'))));
    add_content("an address too long", content("post", field(5, std::string(2049, 'u'))));
    add_content("a text too long", content("post", field(2, std::string(262'145, 'x'))));
    add_content("data too long", content("other", ByteView(Bytes(278'529, std::byte{'x'}))));
    add_content("a handle that climbs", content("profile", field(1, "../../etc/x")));
    add_content("a handle too long", content("profile", field(1, std::string(65, 'a'))));
  }

  void packings() {
    const Bytes whole = content("post", post_);
    Bytes unknown = plain(whole);
    unknown[0] = std::byte{7};
    add("an unknown scheme", unknown);
    const Bytes zeros(8U << 20U);
    const Bytes bomb = zstd_frame(zeros);
    add("a bomb", bomb);
    add("a bomb in a bomb", zstd_frame(ByteView(bomb).subspan(1)));
    const Bytes frame = zstd_frame(whole);
    Bytes doubled = frame;
    proto::append(doubled, ByteView(frame).subspan(1));
    add("two frames", doubled);
    Bytes cut = frame;
    cut.pop_back();
    add("a frame that is cut", cut);
    // The size that the frame states: RFC 8878, section 3.1.1.1; one byte after the descriptor for small
    // ones.
    Bytes lying = zstd_frame(content("post", field(2, std::string(200, 'x'))));
    lying[6] = static_cast<std::byte>(std::to_integer<unsigned>(lying[6]) + 40U);
    add("a frame that lies about its size", lying);
    add("noise in a frame",
        Bytes{std::byte{1}, std::byte{0x28}, std::byte{0xb5}, std::byte{0x2f}, std::byte{0xfd}});
  }

  Bytes author_;
  proto::EntryId target_;
  Bytes post_ = joined({field(1, "title"), field(2, "text")});
  Bytes reply_ = field(1, "text");
  std::vector<Poison> out_{};
};

}  // namespace

std::vector<Poison> bombs() {
  const Bytes stated = giant_frame(true);
  // RFC 8878, section 3.1.1: four bytes of size behind magic number, descriptor and window.
  Bytes lying = stated;
  const auto descriptor = std::to_integer<unsigned>(lying[5]);
  if (descriptor >> 6U != 2 || (descriptor & 0x20U) != 0) throw std::logic_error("another frame header");
  for (std::size_t i = 0; i < 4; ++i)
    lying[7 + i] = i == 0 ? std::byte{200} : std::byte{0};
  return {{"a gibibyte", stated},
          {"a gibibyte that is not stated", giant_frame(false)},
          {"a gibibyte that says it is 200 bytes", lying},
          {"a gibibyte in a frame", zstd_frame(ByteView(stated).subspan(1))}};
}

std::vector<Poison> poisons(const proto::AgencyId& agency, const proto::EntryId& target) {
  return Maker(agency, target).make();
}

}  // namespace comity::test
