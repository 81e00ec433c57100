#pragma once

namespace app {

/// The command line: parses, runs one subcommand, returns the process's exit status
/// (0 done; 1 it failed, said on stderr; 2 the command line or configuration is wrong).
int run_cli(int argc, char** argv);

}  // namespace app
