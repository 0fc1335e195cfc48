// Each gate finds the fault that it is there for: planted in a scratch tree, with the sound tree beside it as control.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "tests/tidy/gates.h"
#include "tests/tidy/process.h"

using namespace quorate::tidy;

namespace {

// A tree of its own that is gone at the end.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "quorate-tidy-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    root_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const Path& root() const { return root_; }
  void write(const Path& file, const std::string& text) const {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

 private:
  Path root_;
};

Violations includes_of(const std::string& file, const std::string& header) {
  const Scratch scratch;
  scratch.write(file, "// An idea.\n#include " + header + "\n");
  return check_includes(scratch.root());
}

const std::string compile = std::string(QUORATE_COMPILER) + " -std=c++20 -I" QUORATE_SOURCE_DIR " ";

// The pure gate's verdict on an archive of this one source.
Violations symbols_of(const std::string& text) {
  const Scratch scratch;
  scratch.write("part.cc", text);
  const std::string object = (scratch.root() / "part.o").string();
  const Ran compiled = run(compile + "-c -o " + object + " " + (scratch.root() / "part.cc").string() + " 2>&1");
  REQUIRE_MESSAGE(compiled.status == 0, compiled.output);
  const Path archive = scratch.root() / "libpart.a";
  REQUIRE(run("ar rcs " + archive.string() + " " + object).status == 0);
  return check_pure(archive);
}

std::string function_of_lines(std::size_t lines) {
  std::string text = "// An idea.\nint long_one(int x) {\n";
  for (std::size_t i = 3; i <= lines; ++i) text += "  x += 1;\n";
  return text + "}\n";
}

Violations sizes_of(const std::string& text, const std::string& exceptions) {
  const Scratch scratch;
  scratch.write("crypto/a.cc", text);
  scratch.write("tests/tidy/exceptions.txt", exceptions);
  return check_sizes(scratch.root());
}

}  // namespace

TEST_CASE("a header that the folder must not see is found") {
  CHECK(includes_of("replica/core/core.cc", "<asio.hpp>").size() == 1);
  CHECK(includes_of("replica/core/core.cc", "<chrono>").size() == 1);
  CHECK(includes_of("replica/core/core.cc", "<time.h>").size() == 1);
  CHECK(includes_of("replica/core/core.cc", "\"crypto/random.h\"").size() == 1);
  CHECK(includes_of("replica/core/core.cc", "\"replica/storage/log_store.h\"").size() == 1);
  CHECK(includes_of("replica/service/service.cc", "<unordered_map>").size() == 1);
  CHECK(includes_of("replica/service/service.cc", "<thread>").size() == 1);
  CHECK(includes_of("replica/storage/log_store.cc", "<asio/post.hpp>").size() == 1);
  CHECK(includes_of("crypto/merkle.cc", "\"messages/types.h\"").size() == 1);
  CHECK(includes_of("messages/batch.cc", "<capnp/serialize.h>").size() == 1);
  CHECK(includes_of("messages/batch.cc", "<asio/buffer.hpp>").size() == 1);
  CHECK(includes_of("client/client.cc", "\"replica/core/core.h\"").size() == 1);
  CHECK(includes_of("client/client_core.cc", "<asio/buffer.hpp>").size() == 1);
  CHECK(includes_of("client/options.h", "<CLI/CLI.hpp>").size() == 1);
  CHECK(includes_of("replica/driver.cc", "\"tests/support/batches.h\"").size() == 1);
  CHECK(includes_of("replica/driver.cc", "<boost/asio.hpp>").size() == 1);
}

TEST_CASE("a header that the folder may see passes") {
  CHECK(includes_of("crypto/digest.cc", "<sodium.h>").empty());
  CHECK(includes_of("messages/codec.cc", "<capnp/serialize.h>").empty());
  CHECK(includes_of("messages/transport.cc", "<asio/buffer.hpp>").empty());
  CHECK(includes_of("replica/core/core.cc", "<tl/expected.hpp>").empty());
  CHECK(includes_of("replica/core/core.cc", "<map>").empty());
  CHECK(includes_of("replica/storage/log_store.cc", "<lmdb.h>").empty());
  CHECK(includes_of("replica/driver.cc", "<asio/post.hpp>").empty());
  CHECK(includes_of("client/client.cc", "\"messages/types.h\"").empty());
}

TEST_CASE("a clock, a file or a thread in a pure library is found by its symbol") {
  CHECK(
      symbols_of("#include <chrono>\nlong f() { return std::chrono::steady_clock::now().time_since_epoch().count(); }")
          .size() == 1);
  CHECK(symbols_of("#include <ctime>\nlong f() { return std::time(nullptr); }").size() == 1);
  CHECK(symbols_of("#include <cstdlib>\nint f() { return std::rand(); }").size() == 1);
  CHECK(symbols_of("#include <cstdio>\nbool f() { return std::fopen(\"a\", \"r\") != nullptr; }").size() == 1);
  CHECK(symbols_of("#include <sys/socket.h>\nint f() { return socket(0, 0, 0); }").size() == 1);
  CHECK_FALSE(symbols_of("#include <thread>\nvoid g();\nvoid f() { std::thread(g).join(); }").empty());
  CHECK(symbols_of("#include <vector>\nstd::vector<int> f() { return {1, 2}; }").empty());
}

TEST_CASE("an unverified message does not compile as an input of the core") {
  const Scratch scratch;
  const auto compiles = [&](const std::string& type) {
    scratch.write("step.cc", "#include \"replica/core/core.h\"\nvoid f(quorate::Core& core, const " + type +
                                 "& message) { core.step(message, quorate::Channel(quorate::ReplicaId(1))); }\n");
    return run(compile + "-fsyntax-only " + (scratch.root() / "step.cc").string() + " 2>&1").status == 0;
  };
  CHECK(compiles("quorate::Verified<quorate::Message>"));
  CHECK_FALSE(compiles("quorate::Message"));
  CHECK_FALSE(compiles("quorate::MessagePtr"));
}

TEST_CASE("a header that needs another include first does not compile alone") {
  const Scratch scratch;
  scratch.write("alone.h", "#pragma once\nstd::string name();\n");
  const std::string check = compile + "-fsyntax-only -include " + (scratch.root() / "alone.h").string();
  CHECK(run(check + " -x c++ /dev/null 2>&1").status != 0);
  scratch.write("alone.h", "#pragma once\n#include <string>\nstd::string name();\n");
  CHECK(run(check + " -x c++ /dev/null 2>&1").status == 0);
}

TEST_CASE("long files and functions are found, and exceptions need a reason and a use") {
  CHECK(sizes_of(function_of_lines(function_lines_max), "").empty());
  CHECK(sizes_of(function_of_lines(function_lines_max + 1), "").size() == 1);
  CHECK(sizes_of(function_of_lines(function_lines_max + 1), "crypto/a.cc:long_one: a table\n").empty());
  CHECK(sizes_of(function_of_lines(function_lines_max + 1), "crypto/a.cc:long_one:\n").size() == 1);
  CHECK(sizes_of(function_of_lines(function_lines_max), "crypto/a.cc:long_one: a table\n").size() == 1);
  const std::string method = "// An idea.\nclass A {\n public:\n  A()\n      : a_{1} {\n";
  CHECK(sizes_of(method + std::string(function_lines_max, '\n') + "  }\n};\n", "").size() == 1);
  CHECK(sizes_of(method + "  }\n" + std::string(function_lines_max, '\n') + "};\n", "").empty());
  CHECK(sizes_of(std::string(file_lines_max, '\n'), "").empty());
  CHECK(sizes_of(std::string(file_lines_max + 1, '\n'), "").size() == 1);
}

TEST_CASE("unfinished work, machine paths and missing READMEs are found") {
  const Scratch scratch;
  scratch.write("crypto/README.md", "What lives here.\n");
  scratch.write("tests/README.md", "What lives here.\n");
  scratch.write("bench/README.md", "What lives here.\n");
  scratch.write("crypto/a.cc", "// An idea.\nconst char* name = \"XXXXXX\";\n");
  CHECK(check_words(scratch.root()).empty());
  CHECK(check_openings(scratch.root()).empty());
  CHECK(check_readmes(scratch.root()).empty());
  scratch.write("crypto/a.cc", std::string("// An idea.  TO") + "DO\n// good for " + "now\n// see /ro" + "ot/x\n");
  CHECK(check_words(scratch.root()).size() == 3);
  scratch.write("crypto/a.cc", "int a;\n");
  CHECK(check_openings(scratch.root()).size() == 1);
  scratch.write("messages/a.h", "// An idea.\n");
  CHECK(check_openings(scratch.root()).size() == 2);
  CHECK(check_readmes(scratch.root()).size() == 1);
}

TEST_CASE("a reject reason without a test is found") {
  const Scratch scratch;
  scratch.write("messages/reject.h", "enum class Reject : int {\n  tested,\n  untested,  // why\n  count_,\n};\n");
  scratch.write("tests/unit/a_test.cc", "CHECK(f() == Reject::tested);  // not Reject::untested\n");
  CHECK(check_rejects(scratch.root()).size() == 1);
}

TEST_CASE("a build in the source tree is refused") {
  const Scratch scratch;
  std::filesystem::copy(Path(QUORATE_SOURCE_DIR) / "CMakeLists.txt", scratch.root() / "CMakeLists.txt");
  const Ran ran = run("cmake -S " + scratch.root().string() + " -B " + scratch.root().string() + " 2>&1");
  CHECK(ran.status != 0);
  CHECK(ran.output.find("In-source builds are refused") != std::string::npos);
}

TEST_CASE("two types of one name are found") {
  const auto names_of = [](const std::string& a, const std::string& b) {
    const Scratch scratch;
    scratch.write("crypto/a.h", "// An idea.\nnamespace quorate {\n" + a + "}  // namespace quorate\n");
    scratch.write("messages/b.cc", "// An idea.\nnamespace quorate {\n" + b + "}  // namespace quorate\n");
    return check_names(scratch.root()).size();
  };
  const std::string planted = "class Twice {\n};\n";
  CHECK(names_of(planted, planted) == 1);
  CHECK(names_of(planted, "struct Twice final : Base {\n};\n") == 1);
  CHECK(names_of(planted, "class Once {\n};\n") == 0);
  CHECK(names_of(planted, "class Twice;\n") == 0);
  CHECK(names_of(planted, "class Other::Twice {\n};\n") == 0);
  CHECK(names_of(planted, "namespace {\n" + planted + "}  // namespace\n") == 0);
  CHECK(names_of(planted, "namespace deeper {\n" + planted + "}  // namespace deeper\n") == 0);
  CHECK(names_of(planted, "namespace deeper {\n}  // namespace deeper\n" + planted) == 1);
}
