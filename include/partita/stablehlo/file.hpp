// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// StableHLO files: plain or gzip, told by their first bytes, or standard input. Needs zlib.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include <zlib.h>

#include <partita/stablehlo/print.hpp>
#include <partita/stablehlo/read.hpp>

namespace partita::stablehlo {
namespace detail {

struct file_closer {
  void operator()(std::FILE* f) const { (void)std::fclose(f); }
};
using file_handle = std::unique_ptr<std::FILE, file_closer>;

inline std::string inflate_text(const std::string& packed, const std::string& path) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) throw error(path + ": zlib could not be started");
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t before = text.size();
    text.resize(before + std::max<std::size_t>(before / 2, std::size_t{1} << 16));
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    stream.avail_out = static_cast<uInt>(text.size() - before);
    status = inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
    if (status == Z_OK && stream.avail_in == 0 && stream.avail_out != 0) break;
    if (status == Z_STREAM_END && stream.avail_in != 0) status = inflateReset(&stream);  // several members
  }
  (void)inflateEnd(&stream);
  if (status != Z_STREAM_END) throw error(path + ": this gzip file is damaged or cut off");
  return text;
}

}  // namespace detail

/// Text of a file; gzip is unpacked; "-" is standard input. Throws error when it cannot be read.
[[nodiscard]] inline std::string read_text(const std::string& path) {
  detail::file_handle opened;
  std::FILE* file = stdin;
  if (path != "-") {
    opened.reset(std::fopen(path.c_str(), "rb"));
    file = opened.get();
    if (file == nullptr) throw error(path + ": cannot be opened: " + std::strerror(errno));
  }
  std::string text;
  std::size_t got = 0;
  do {
    const std::size_t before = text.size();
    text.resize(before + std::max<std::size_t>(before / 2, std::size_t{1} << 16));
    got = std::fread(text.data() + before, 1, text.size() - before, file);
    text.resize(before + got);
  } while (got != 0);
  if (std::ferror(file) != 0) throw error(path + ": cannot be read: " + std::strerror(errno));
  const bool packed = text.size() > 2 && text[0] == '\x1f' && text[1] == '\x8b';
  return packed ? detail::inflate_text(text, path) : text;
}

/// All functions of a StableHLO file. Errors as read() and read_text().
template <class Ops = stablehlo_ops>
[[nodiscard]] basic_module<Ops> read_module_file(const std::string& path, const read_options& options = {}) {
  const std::string text = read_text(path);
  return read<Ops>(text, path == "-" ? "<stdin>" : path, options);
}

/// The entry function of a StableHLO file: @main, or the only public one.
template <class Ops = stablehlo_ops>
[[nodiscard]] basic_graph<Ops> read_file(const std::string& path, const read_options& options = {}) {
  auto m = read_module_file<Ops>(path, options);
  return std::move(m.entry());
}

/// Writes print(what) to a file; "-" is standard output. Throws error when it cannot be written.
template <class Program>
void write_file(const std::string& path, const Program& what) {
  const std::string text = print(what);
  detail::file_handle opened;
  std::FILE* file = stdout;
  if (path != "-") {
    opened.reset(std::fopen(path.c_str(), "wb"));
    file = opened.get();
    if (file == nullptr) throw error(path + ": cannot be opened: " + std::strerror(errno));
  }
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fflush(file) != 0) {
    throw error(path + ": cannot be written: " + std::strerror(errno));
  }
}

}  // namespace partita::stablehlo
