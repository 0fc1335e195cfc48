#include "replica/log_output.h"

#include <fcntl.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace quorate {
namespace {

constexpr const char* logger_name = "quorate-replica";

bool to_file = false;  // set before there are threads

void use(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>(logger_name, std::move(sink));
  logger->set_level(spdlog::get_level());
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

void log_to_stderr() {
  to_file = false;
  use(std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
}

Result<void> log_to_file(const std::filesystem::path& path, const LogFileLimits& limits) {
  const auto failed = [&](const std::string& why) {
    return failure("cannot log to '" + path.string() + "': " + why +
                   ". Name a file in a directory that this user may write to.");
  };
  // The directory may be moved while we run: files are opened and renamed through it, not by its path.
  const auto parent = std::filesystem::absolute(path).parent_path();
  const int directory = ::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return failed(std::strerror(errno));
  const std::string file = "/proc/self/fd/" + std::to_string(directory) + "/" + path.filename().string();
  try {
    use(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file, limits.file_bytes_max, limits.files - 1));
  } catch (const spdlog::spdlog_ex&) {
    const int error = errno;
    ::close(directory);
    return failed(std::strerror(error));
  }
  to_file = true;
  // spdlog's own handler would tell once a second for as long as the disk is full.
  spdlog::default_logger()->set_error_handler([path](const std::string& why) {
    static std::atomic<bool> told = false;
    if (!told.exchange(true)) std::fprintf(stderr, "cannot log to '%s': %s\n", path.c_str(), why.c_str());
  });
  return {};
}

void log_last_words(const std::string& text) {
  spdlog::critical("{}", text);
  if (to_file) std::fprintf(stderr, "%s\n", text.c_str());
}

}  // namespace quorate
