// What a client remembers: a model in this process and the file say the same after each change, whatever life reads it.
#include "client/client_memory.h"

#include <doctest/doctest.h>

#include <fstream>

#include "client/handle.h"
#include "tests/support/temporary_directory.h"

namespace quorate {
namespace {

Digest digest_with(std::uint8_t byte) {
  Digest digest;
  digest.bytes.fill(byte);
  return digest;
}

struct MemoryFile {
  TemporaryDirectory root;
  std::filesystem::path path = root.path() / "client-0.memory";
  ClientMemory life() const {
    auto memory = ClientMemory::open(path);
    REQUIRE(memory);
    return std::move(*memory);
  }
  void write(const std::string& text) const { std::ofstream(path, std::ios::trunc) << text; }
};

}  // namespace

TEST_CASE("client memory: what one life reserves the next knows, and nothing goes back") {
  const MemoryFile file;
  CHECK_FALSE(file.life().next());
  CHECK(file.life().reserve(Timestamp(100)));
  CHECK(file.life().next() == Timestamp(100));
  CHECK(file.life().reserve(Timestamp(50)));
  CHECK(file.life().next() == Timestamp(100));
}

TEST_CASE("client memory: an unresolved operation is kept until its ending is known, and then that") {
  const MemoryFile file;
  REQUIRE(file.life().reserve(Timestamp(10)));
  const SignedAs one{Timestamp(3), digest_with(1)};
  const SignedAs two{Timestamp(4), digest_with(2)};
  REQUIRE(file.life().note_unresolved({one, two}));
  CHECK(file.life().unresolved().size() == 2);
  CHECK_FALSE(file.life().ending_of(one));
  REQUIRE(file.life().resolve(one, Ending::executed));
  REQUIRE(file.life().resolve(two, Ending::lost));
  CHECK(file.life().unresolved().empty());
  CHECK(file.life().ending_of(one) == Ending::executed);
  CHECK(file.life().ending_of({Timestamp(3), digest_with(9)}) == Ending::never);  // another stands there
  CHECK(file.life().ending_of(two) == Ending::lost);
  CHECK_FALSE(file.life().ending_of({Timestamp(4), digest_with(9)}));
}

TEST_CASE("client memory: the newest endings are kept, no more than endings_max") {
  const MemoryFile file;
  ClientMemory memory = file.life();
  for (std::uint64_t t = 1; t <= ClientMemory::endings_max + 1; ++t) {
    REQUIRE(memory.resolve({Timestamp(t), digest_with(1)}, Ending::never));
  }
  CHECK_FALSE(file.life().ending_of({Timestamp(1), digest_with(1)}));
  CHECK(file.life().ending_of({Timestamp(2), digest_with(1)}) == Ending::never);
}

TEST_CASE("client memory: a damaged file is refused with its name, and a directory that cannot be written is told") {
  const MemoryFile file;
  const std::string digest(64, 'a');
  const std::string header = "quorate-client-memory-1\n";
  const std::string entry = "unresolved 1 " + digest + "\n";
  const std::vector<std::string> damaged = {"",
                                            "hello\n",
                                            header,
                                            header + "next x\n",
                                            header + "next 1\nunresolved 1 zz\n",
                                            header + "next 1\nwhatever 1 " + digest + "\n",
                                            header + "next 1\n" + entry + entry};
  for (const std::string& text : damaged) {
    file.write(text);
    const auto memory = ClientMemory::open(file.path);
    REQUIRE_FALSE(memory);
    CHECK(memory.error().message.find(file.path.string()) != std::string::npos);
  }
  auto nowhere = ClientMemory::open("/nonexistent/client-0.memory");
  REQUIRE(nowhere);
  const auto reserved = nowhere->reserve(Timestamp(1));
  REQUIRE_FALSE(reserved);
  CHECK(reserved.error().message.find("none is sent") != std::string::npos);
}

TEST_CASE("handle: its text reads back, and that of another cluster or a damaged one does not") {
  const OperationHandle handle{digest_with(0xab), ClientId(3), Timestamp(77), digest_with(0x5c)};
  const std::string text = text_of(handle);
  CHECK(parse_handle(text, handle.cluster) == handle);
  CHECK_FALSE(parse_handle(text, digest_with(0xac)));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged.erase(i, 1);
    CHECK(parse_handle(damaged, handle.cluster) != handle);
  }
  CHECK_FALSE(parse_handle(text + "0", handle.cluster));
  CHECK_FALSE(parse_handle("", handle.cluster));
  CHECK_FALSE(parse_handle("abababababababab-3-0-" + to_hex(handle.operation), handle.cluster));
}

}  // namespace quorate
