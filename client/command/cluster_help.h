// What `--help` says below the options of the cluster commands: what a command does, examples, exit statuses.
#pragma once

namespace quorate::command::help {

extern const char* const cluster;
extern const char* const create;
extern const char* const keygen;
extern const char* const traitors;
extern const char* const start;
extern const char* const status;
extern const char* const wait;
extern const char* const logs;
extern const char* const stop;
extern const char* const kill;
extern const char* const pause;
extern const char* const resume;
extern const char* const restart;
extern const char* const backup;
extern const char* const restore;
extern const char* const wipe;
extern const char* const destroy;

}  // namespace quorate::command::help
