// SPDX-License-Identifier: EUPL-1.2
#include "tools/comity/offline/prompt.h"

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace comity::cli {
namespace {

using proto::Code;
using proto::Error;
using proto::Result;

/// The terminal of the person, even where standard input is redirected; echo is off while it lives.
class QuietTerminal {
 public:
  QuietTerminal() : descriptor_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (descriptor_ < 0 || ::tcgetattr(descriptor_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    usable_ = ::tcsetattr(descriptor_, TCSAFLUSH, &quiet) == 0;
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  ~QuietTerminal() {
    if (usable_) ::tcsetattr(descriptor_, TCSAFLUSH, &before_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  [[nodiscard]] bool usable() const noexcept { return usable_; }

  [[nodiscard]] Result<crypto::Secret> ask(std::string_view question) {
    if (!say(question)) return Error{Code::kPassphraseNeeded, "the terminal is gone"};
    std::array<char, 1024> line{};
    ssize_t count = 0;
    do {
      count = ::read(descriptor_, line.data(), line.size());
    } while (count < 0 && errno == EINTR);
    (void)say("\n");  // the person's own line feed was not shown
    std::string_view text(line.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    text = text.substr(0, text.find_first_of("\r\n"));
    crypto::Secret answer = crypto::Secret::copy_of(proto::as_bytes(text));
    crypto::wipe(std::as_writable_bytes(std::span(line)));
    return answer;
  }

 private:
  bool say(std::string_view text) {
    return ::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }

  int descriptor_;
  termios before_{};
  bool usable_ = false;
};

Result<crypto::Secret> ask_twice(QuietTerminal& terminal, std::string_view what) {
  COMITY_TRY(crypto::Secret first, terminal.ask(std::string(what) + ": "));
  if (first.empty()) return Error{Code::kNotConfirmed, "nothing was typed"};
  COMITY_TRY(const crypto::Secret second, terminal.ask("The same once more: "));
  if (!crypto::equal_ct(first.view(), second.view())) return Error{Code::kNotConfirmed, "the two differ"};
  return first;
}

}  // namespace

Result<crypto::Secret> ask_new_passphrase() {
  QuietTerminal terminal;
  if (!terminal.usable()) {
    return Error{Code::kPassphraseNeeded,
                 "no terminal to ask on: give --passphrase-file FILE or --no-passphrase"};
  }
  return ask_twice(terminal, "Passphrase for the key files");
}

Result<crypto::Secret> ask_new_secret(std::string_view what) {
  QuietTerminal terminal;
  if (!terminal.usable()) return Error{Code::kNotConfirmed, "there is no terminal to ask on; name a file"};
  return ask_twice(terminal, what);
}

Result<crypto::Secret> ask_passphrase(std::string_view question) {
  QuietTerminal terminal;
  if (!terminal.usable()) {
    return Error{Code::kPassphraseNeeded, "no terminal to ask on: give --passphrase-file FILE"};
  }
  return terminal.ask(question);
}

}  // namespace comity::cli
