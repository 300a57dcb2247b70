// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/interpret/safetensors.hpp>

#include <string>

#include <doctest/doctest.h>

namespace {

using namespace partita;
using namespace partita::interpret;

std::string file_with(const std::string& header, const std::string& body) {
  std::string file;
  for (std::size_t i = 0; i < 8; ++i) file += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return file + header + body;
}

// Written out by hand from the format's description.
TEST_CASE("a file written by hand is read") {
  const auto tensors = read_safetensors(
      file_with(R"({"__metadata__":{"by":"hand"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                R"("n":{"dtype":"I64","shape":[],"data_offsets":[8,16]}})",
                std::string("\0\0\x80\x3f\0\0\0\xc0", 8) + std::string("\5\0\0\0\0\0\0\0", 8)),
      "file");
  REQUIRE(tensors.size() == 2);
  CHECK(tensors.at("w").type == tensor<f32>(2));
  const array w = array_from_bytes(tensors.at("w").type.view(), tensors.at("w").bytes, numerics::own);
  CHECK((w.elements<float>()[0] == 1 && w.elements<float>()[1] == -2));
  CHECK(array_from_bytes(tensors.at("n").type.view(), tensors.at("n").bytes, numerics::own).integer() == 5);
}

TEST_CASE("what is written is read back") {
  tensor_file tensors;
  tensors["a/b"] = {tensor<bf16>(1, 2), {1, 2, 3, 4}};
  tensors["flag"] = {tensor<i1>(3), {1, 0, 1}};
  tensors["empty"] = {tensor<f64>(0), {}};
  const std::string file = write_safetensors(tensors);
  CHECK(static_cast<unsigned char>(file[0]) % 8 == 0);  // data is aligned
  const auto again = read_safetensors(file, "file");
  REQUIRE(again.size() == 3);
  for (const auto& [name, t] : tensors) {
    CHECK(again.at(name).type == t.type);
    CHECK(again.at(name).bytes == t.bytes);
  }
}

TEST_CASE("files that are not well formed are refused with the tensor's name") {
  const auto refuses = [](const std::string& file, const char* message) {
    CHECK_THROWS_WITH_AS((void)read_safetensors(file, "f"), message, error);
  };
  refuses("abc", "f: is no safetensors file: it has fewer than 8 bytes");
  refuses(std::string(8, '\x7f'), "f: is no safetensors file, or is cut off: its header would end beyond its end");
  refuses(file_with("[1]", ""), "f: is no safetensors file: its header is no JSON object");
  refuses(file_with(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "1234"),
          "f: tensor 'w': lies beyond the end of the file");
  refuses(file_with(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234"),
          "f: tensor 'w': tensor<2xf32> takes 8 bytes but has 4");
  refuses(file_with(R"({"w":{"dtype":"Q3","shape":[2],"data_offsets":[0,4]}})", "1234"),
          "f: tensor 'w': dtype Q3 is not known");
  refuses(file_with(R"({"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,4]}})", "1234"),
          "f: tensor 'w': has a dim that is no size");
  refuses(file_with(R"({"w":{"dtype":"F32","shape":[2]}})", "1234"), "f: tensor 'w': needs dtype, shape and data_offsets");
  CHECK_THROWS_WITH_AS((void)write_safetensors({{"q", {tensor_type{element_type::i4, {}}, {1}}}}),
                       "tensor 'q': safetensors files cannot hold elements of i4", error);
}

TEST_CASE("sizes that overflow are refused") {
  const std::string huge = "9223372036854775807";
  CHECK_THROWS_AS((void)read_safetensors(
                      file_with(R"({"w":{"dtype":"F32","shape":[)" + huge + "," + huge + R"(],"data_offsets":[0,4]}})", "1234"), "f"),
                  error);
}

}  // namespace
