// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// einsum and unary_einsum (StableHLO 1.0): sums of products by index letters, "ab,bc->ac". A letter is a factor
// as it stands; one that the result lacks is a reduction. Letters that repeat within one operand and `...` are
// checked as far as they go and keep everything whole.

#include <array>
#include <string_view>

#include <partita/op/checks.hpp>

namespace partita::op {

namespace detail {

/// The letters of each operand and of the result. Without "->" the result has no letters.
struct einsum_letters {
  std::array<std::string_view, 2> operands;
  std::string_view result;
  std::size_t operand_count = 0;
  bool simple = true;  ///< letters only, none twice in one list
};

constexpr bool distinct_letters(std::string_view letters) {
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const bool letter = (letters[i] >= 'a' && letters[i] <= 'z') || (letters[i] >= 'A' && letters[i] <= 'Z');
    if (!letter || letters.find(letters[i]) != i) return false;
  }
  return true;
}

/// Throws verify_error when the text is not operands "->" result with this number of operands.
constexpr einsum_letters parse_einsum(const op_view& op, raw_text config, std::size_t operands) {
  std::string_view text = op.graph().text(config.text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  einsum_letters letters;
  const std::size_t arrow = text.find("->");
  if (arrow == std::string_view::npos)
    op.fail("einsum_config must have the form \"ab,bc->ac\" but is " + std::string(text));
  letters.result = text.substr(arrow + 2);
  std::string_view left = text.substr(0, arrow);
  letters.simple = distinct_letters(letters.result);
  for (std::size_t i = 0; i < operands; ++i) {
    const std::size_t comma = left.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == operands)) {
      op.fail("einsum_config must list " + std::to_string(operands) + (operands == 1 ? " operand" : " operands") +
              " before '->' but is " + std::string(text));
    }
    letters.operands[i] = left.substr(0, comma);
    left = comma == std::string_view::npos ? std::string_view{} : left.substr(comma + 1);
    letters.simple = letters.simple && distinct_letters(letters.operands[i]);
  }
  letters.operand_count = operands;
  return letters;
}

/// Size of a letter's dims; throws verify_error when they differ.
constexpr std::int64_t size_of_letter(const op_view& op, const einsum_letters& letters, char letter, bool for_factor) {
  std::int64_t size = dynamic_size;
  bool found = false, any_dynamic = false;
  for (std::size_t i = 0; i < letters.operand_count; ++i) {
    const std::size_t d = letters.operands[i].find(letter);
    if (d == std::string_view::npos) continue;
    const std::int64_t here = op.operand(i).dims[d];
    if (!fits(size, here)) sizes_differ(op, "dims of one letter", size, here);
    size = known_size(size, here);
    found = true;
    any_dynamic = any_dynamic || here == dynamic_size;
  }
  if (!found) op.fail(std::string("the result's letter '") + letter + "' is in no operand");
  return for_factor && any_dynamic ? dynamic_size : size;
}

constexpr void einsum_infer(const op_view& op, raw_text config, std::size_t operands, result_types& types) {
  expect_tensors(op, operands);
  const einsum_letters letters = parse_einsum(op, config, operands);
  if (!letters.simple) {
    types.accept_stated();
    return;
  }
  for (std::size_t i = 0; i < operands; ++i) {
    if (letters.operands[i].size() == op.operand(i).rank()) continue;
    op.fail("einsum_config has " + std::to_string(letters.operands[i].size()) + " letters for operand " +
            std::to_string(i) + ", which is " + to_string(op.operand(i)));
  }
  expect_rank_fits(op, letters.result.size());
  tensor_type result;
  result.element = types.stated_count() != 0 ? types.stated(0).element : op.operand(0).element;
  for (const char letter : letters.result) result.dims.push_back(size_of_letter(op, letters, letter, false));
  for (const char letter : letters.operands[0]) (void)size_of_letter(op, letters, letter, false);
  types.add(result);
}

constexpr void einsum_rule(const op_view& op, raw_text config, std::size_t operands, rule_builder& r) {
  const einsum_letters letters = parse_einsum(op, config, operands);
  if (!letters.simple) {
    for (std::size_t i = 0; i < operands; ++i) replicate_operand(op, i, r);
    replicate_result(op, 0, r);
    return;
  }
  const auto place = [&](char letter, factor_index f) {
    for (std::size_t i = 0; i < operands; ++i) {
      const std::size_t d = letters.operands[i].find(letter);
      if (d != std::string_view::npos) r.operand(i, d, f);
    }
  };
  for (std::size_t d = 0; d < letters.result.size(); ++d) {
    const factor_index f = r.add(size_of_letter(op, letters, letters.result[d], true));
    place(letters.result[d], f);
    r.result(0, d, f);
  }
  for (std::size_t i = 0; i < operands; ++i) {
    for (const char letter : letters.operands[i]) {
      const bool done = letters.result.find(letter) != std::string_view::npos ||
                        (i == 1 && letters.operands[0].find(letter) != std::string_view::npos);
      if (!done) place(letter, r.add(size_of_letter(op, letters, letter, true), factor_kind::reduction, monoid::add));
    }
  }
}

/// Two operations per element of the iteration space for a product of two operands, one for one.
constexpr work einsum_cost(const op_view& op, raw_text config, std::size_t operands) {
  const einsum_letters letters = parse_einsum(op, config, operands);
  double flops = static_cast<double>(operands) * static_cast<double>(op.result(0).elements());
  for (std::size_t i = 0; i < operands && letters.simple; ++i) {
    for (const char letter : letters.operands[i]) {
      const bool done = letters.result.find(letter) != std::string_view::npos ||
                        (i == 1 && letters.operands[0].find(letter) != std::string_view::npos);
      if (!done) flops *= count(size_of_letter(op, letters, letter, false));
    }
  }
  return {flops, bytes_touched(op)};
}

struct einsum_attributes {
  raw_text config;
  static constexpr void describe(auto& self, auto&& field) { field("einsum_config", self.config); }
};

}  // namespace detail

struct einsum {
  static constexpr std::string_view name = "stablehlo.einsum";
  static constexpr op_traits traits{.matrix = true};
  using attributes = detail::einsum_attributes;
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::einsum_infer(op, a.config, 2, types);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    detail::einsum_rule(op, a.config, 2, r);
  }
  static constexpr work cost(const op_view& op, const attributes& a) { return detail::einsum_cost(op, a.config, 2); }
};

struct unary_einsum {
  static constexpr std::string_view name = "stablehlo.unary_einsum";
  using attributes = detail::einsum_attributes;
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::einsum_infer(op, a.config, 1, types);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    detail::einsum_rule(op, a.config, 1, r);
  }
  static constexpr work cost(const op_view& op, const attributes& a) { return detail::einsum_cost(op, a.config, 1); }
};

using einsum_ops = op_set<einsum, unary_einsum>;

}  // namespace partita::op
