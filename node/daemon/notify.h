// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <string>
#include <string_view>

namespace comity::daemon {

/// Tells systemd how the node stands, where it was started as Type=notify; nothing elsewhere (sd_notify(3)).
/// A message that cannot be sent is dropped: it changes nothing for the node.
class Notifier {
 public:
  /// Takes $NOTIFY_SOCKET.
  Notifier();

  void ready() const { send("READY=1"); }
  void reloading() const { send("RELOADING=1"); }
  void stopping() const { send("STOPPING=1"); }

 private:
  void send(std::string_view message) const;
  std::string socket_;
};

}  // namespace comity::daemon
