// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/site.h"

#include "node/web/serve/account_pages.h"
#include "node/web/serve/api.h"
#include "node/web/serve/atom.h"
#include "node/web/serve/sign_in.h"

namespace comity::web {

Site::Site(SiteSetup setup)
    : desk_(std::move(setup.desk)),
      services_(setup.commands, desk_, setup.clock, setup.passwords),
      accounts_(services_),
      events_(services_, accounts_),
      front_(services_, accounts_, router_) {
  services_.settings = std::move(setup.settings);
  services_.agency = std::move(setup.agency);
  services_.short_name = std::move(setup.short_name);
  services_.tls = setup.tls;
  services_.key = setup.key;
  services_.look = std::move(setup.look);
  services_.report = std::move(setup.report);
  add_sign_in_pages(router_, accounts_);
  add_account_pages(router_, accounts_);
  add_api(router_, events_);
  add_atom(router_, accounts_);
}

http::Service Site::service(std::function<void(const std::string&)> failed) {
  return service_of(&front_, std::move(failed));
}

}  // namespace comity::web
