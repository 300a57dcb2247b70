// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include <partita/ir/equal.hpp>
#include <partita/stablehlo/file.hpp>

namespace {

using namespace partita;
using small_ops = op_set<op::negate>;

const std::string program =
    "func.func @main(%a: tensor<2xf32>) -> tensor<2xf32> {\n  %0 = stablehlo.negate %a : tensor<2xf32>\n  return %0 : "
    "tensor<2xf32>\n}\n";

struct temporary {
  std::string path;
  explicit temporary(const char* name) : path((std::filesystem::temp_directory_path() / name).string()) {}
  ~temporary() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
};

void pack(const std::string& path, const std::string& text, const char* mode) {
  const gzFile file = gzopen(path.c_str(), mode);
  REQUIRE(file != nullptr);
  CHECK(gzwrite(file, text.data(), static_cast<unsigned>(text.size())) == static_cast<int>(text.size()));
  CHECK(gzclose(file) == Z_OK);
}

TEST_CASE("a written file reads back") {
  const temporary file("partita_file_test.mlir");
  const auto g = stablehlo::read<small_ops>(program).entry();
  stablehlo::write_file(file.path, g);
  CHECK(equal(stablehlo::read_file<small_ops>(file.path), g));
}

TEST_CASE("gzip is told by its first bytes, whatever the file is called") {
  const temporary file("partita_file_test.txt");
  pack(file.path, program, "wb");
  CHECK(stablehlo::read_text(file.path) == program);
  CHECK(stablehlo::read_module_file<small_ops>(file.path).functions.size() == 1);
  // Several members follow one another.
  pack(file.path, program, "ab");
  CHECK(stablehlo::read_text(file.path) == program + program);
  // Long text needs more than one round.
  const std::string large(std::size_t{3} << 20, 'x');
  pack(file.path, large, "wb");
  CHECK(stablehlo::read_text(file.path) == large);
}

TEST_CASE("files that cannot be read say why") {
  CHECK_THROWS_WITH_AS((void)stablehlo::read_text("/nowhere/at/all.mlir"),
                       doctest::Contains("/nowhere/at/all.mlir: cannot be opened"), error);
  const temporary file("partita_file_test.gz");
  pack(file.path, program, "wb");
  std::filesystem::resize_file(file.path, std::filesystem::file_size(file.path) / 2);
  CHECK_THROWS_WITH_AS((void)stablehlo::read_text(file.path), doctest::Contains("damaged or cut off"), error);
}

}  // namespace
