#include "app/commands/command_table.h"

#include "app/commands/audit_commands.h"
#include "app/commands/bundle_commands.h"
#include "app/commands/check_commands.h"
#include "app/commands/credential_commands.h"
#include "app/commands/dead_letter_commands.h"
#include "app/commands/delivery_commands.h"
#include "app/commands/endpoint_commands.h"
#include "app/commands/list_commands.h"
#include "app/commands/replay_commands.h"
#include "app/commands/webhook_commands.h"

namespace app::commands {

const std::vector<Command>& command_table() {
  static const std::vector<Command> kTable = [] {
    std::vector<Command> all;
    for (auto group :
         {list_commands(), check_commands(), bundle_commands(), catalogue_commands(), credential_commands(), endpoint_commands(), audit_commands(), webhook_commands(),
          delivery_commands(), dead_letter_commands(), replay_commands()}) {
      all.insert(all.end(), group.begin(), group.end());
    }
    return all;
  }();
  return kTable;
}

}  // namespace app::commands
