// Prints when a store moved on: the wall time in ms at which each of the files was last written to, once for each
// change that is seen. Ends with its standard output's reader, or by a signal. usage: checkpoint_times FILE...
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
  constexpr auto interval = std::chrono::milliseconds(5);
  if (argc < 2) {
    std::fprintf(stderr, "usage: checkpoint_times FILE...\n");
    return 2;
  }
  std::vector<long long> seen(static_cast<std::size_t>(argc), 0);
  for (;;) {
    for (int i = 1; i < argc; ++i) {
      struct stat file {};
      if (::stat(argv[i], &file) != 0) continue;
      const long long at_ms = file.st_mtim.tv_sec * 1000LL + file.st_mtim.tv_nsec / 1'000'000;
      long long& last = seen[static_cast<std::size_t>(i)];
      if (last != 0 && at_ms != last) std::printf("%lld\n", at_ms);
      last = at_ms;
    }
    if (std::fflush(stdout) != 0) return 0;
    std::this_thread::sleep_for(interval);
  }
}
