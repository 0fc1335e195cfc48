// Planted bugs are patches: one that the code has moved away from would be missed only by the long runs. Fuzz is
// refused: it plants a bug where the lines around it merely look alike.
#include "tests/tidy/gates.h"
#include "tests/tidy/process.h"

namespace quorate::tidy {

Violations check_patches(const Path& root) {
  Violations violations;
  for (const Path& file : files_of(root)) {
    if (file.extension() != ".patch") continue;
    if (read_file(root / file).find("\nFound by: ") == std::string::npos)
      violations.push_back(file.string() + ": no line 'Found by: PROGRAM ARGUMENTS'");
    const Ran ran = run("cd '" + root.string() + "' && patch -p1 --fuzz=0 --dry-run --force --silent <'" +
                        file.string() + "' 2>&1");
    if (ran.status != 0)
      violations.push_back(file.string() +
                           ": does not apply exactly; write it anew, with the lines around it as they are now, and see "
                           "tests/simulation/planted/run find it: " +
                           ran.output);
  }
  return violations;
}

}  // namespace quorate::tidy
