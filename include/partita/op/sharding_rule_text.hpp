// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sharding rules that a program states for its own custom calls, in the text form of Shardy:
//   #sdy.op_sharding_rule<([i, k], [k, j])->([i, j]) {i=8, j=16, k=32} reduction={k}, custom>
// Each dim is a list of factors, major to minor; sets of factors that are not parallel follow the sizes.

#include <string>
#include <string_view>

#include <partita/op/checks.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita::op::detail {

class sharding_rule_text {
 public:
  /// Reads the rule of `op`. Throws verify_error when the text is no rule, or not one for op's operands and results.
  constexpr sharding_rule_text(const op_view& op, std::string_view text) : op_(&op), text_(text), all_(text) {
    (void)accept("#sdy.op_sharding_rule");
    expect("<");
    const std::size_t operands = read_tensors();
    expect("->");
    const std::size_t results = read_tensors();
    if (operands != op.operand_count() || results != op.result_count()) {
      fail("it is for " + std::to_string(operands) + " operands and " + std::to_string(results) + " results");
    }
    if (accept("{")) read_sizes();
    while (!accept(">")) {
      if (accept(",")) {
        expect("custom");
      } else {
        read_set();
      }
    }
    if (!text_.empty()) fail("text is left over after '>'");
    check();
  }

  constexpr void write(rule_builder& r) const {
    for (std::size_t f = 0; f < factors_.size(); ++f) {
      const entry& e = factors_[f];
      (void)r.add(e.size, e.kind == factor_kind::parallel && !is_shared(f) ? factor_kind::needs_replication : e.kind,
                  e.combines, e.blocked);
    }
    for (const place& p : places_) {
      if (p.tensor < op_->operand_count()) {
        r.operand(p.tensor, p.dim, p.factor);
      } else {
        r.result(p.tensor - op_->operand_count(), p.dim, p.factor);
      }
    }
  }

 private:
  struct entry {
    std::int64_t name = 0, size = 0;
    factor_kind kind = factor_kind::parallel;
    monoid combines = monoid::none;
    bool blocked = false;
  };
  struct place {
    std::size_t tensor, dim;
    factor_index factor;
  };

  // Whether a part of the factor makes a part of every result: all results and some operand have it. Rules of JAX name
  // factors of one tensor alone, which stand for dims that the function needs whole.
  constexpr bool is_shared(std::size_t f) const {
    plain_vector<bool> has(ranks_.size(), false);
    for (const place& p : places_) has[p.tensor] = has[p.tensor] || p.factor == f;
    bool used = op_->operand_count() == 0, everywhere = true;
    for (std::size_t i = 0; i < has.size(); ++i) {
      if (i < op_->operand_count())
        used = used || has[i];
      else
        everywhere = everywhere && has[i];
    }
    return used && everywhere;
  }

  [[noreturn]] void fail(const std::string& what) const {
    op_->fail("sdy.sharding_rule: " + what + ": " + std::string(all_));
  }

  constexpr bool accept(std::string_view token) {
    while (!text_.empty() && text_[0] == ' ') text_.remove_prefix(1);
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }
  constexpr void expect(std::string_view token) {
    if (!accept(token)) fail("expected '" + std::string(token) + "' before '" + std::string(text_) + "'");
  }
  constexpr std::int64_t read_number() {
    (void)accept("");
    std::int64_t n = 0;
    std::size_t digits = 0;
    for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits) {
      n = checked_add(checked_multiply(n, 10), text_[digits] - '0');
    }
    if (digits == 0) fail("expected a number before '" + std::string(text_) + "'");
    text_.remove_prefix(digits);
    return n;
  }

  // i to z, then z_1, z_2, ...
  constexpr bool at_name() {
    (void)accept("");
    return !text_.empty() && text_[0] >= 'i' && text_[0] <= 'z';
  }
  constexpr factor_index read_name() {
    if (!at_name()) fail("expected a factor's name, i to z or z_1, before '" + std::string(text_) + "'");
    std::int64_t name = text_[0] - 'i';
    text_.remove_prefix(1);
    if (name == 'z' - 'i' && !text_.empty() && text_[0] == '_') {
      text_.remove_prefix(1);
      name = checked_add(name, read_number());
    }
    for (std::size_t f = 0; f < factors_.size(); ++f) {
      if (factors_[f].name == name) return static_cast<factor_index>(f);
    }
    if (factors_.size() == 255) fail("more than 255 factors");
    factors_.push_back({name});
    return static_cast<factor_index>(factors_.size() - 1);
  }

  // ([i, j], []): returns how many tensors there are.
  constexpr std::size_t read_tensors() {
    const std::size_t before = ranks_.size();
    expect("(");
    while (!accept(")")) {
      if (ranks_.size() != before) expect(",");
      expect("[");
      std::size_t rank = 0;
      while (!accept("]")) {
        if (rank != 0) expect(",");
        do {
          places_.push_back({ranks_.size(), rank, read_name()});
        } while (at_name());
        ++rank;
      }
      ranks_.push_back(rank);
    }
    return ranks_.size() - before;
  }
  constexpr void read_sizes() {
    while (!accept("}")) {
      const factor_index f = read_name();
      expect("=");
      factors_[f].size = read_number();
      (void)accept(",");
    }
  }
  constexpr void read_set() {
    const bool reduction = accept("reduction"), replication = !reduction && accept("need_replication");
    const bool permutation = !reduction && !replication && accept("permutation");
    if (!reduction && !replication && !permutation) expect("blocked_propagation");
    expect("=");
    expect("{");
    while (!accept("}")) {
      entry& f = factors_[read_name()];
      if (reduction) {
        f.kind = factor_kind::reduction;
        f.combines = monoid::add;
      } else if (replication) {
        f.kind = factor_kind::needs_replication;
      } else if (permutation) {
        f.kind = factor_kind::permutation;
      } else {
        f.blocked = true;
      }
      (void)accept(",");
    }
  }

  // Ranks and sizes are those of the op's types; a result holds no reduction factor.
  constexpr void check() const {
    std::size_t at = 0;
    for (std::size_t i = 0; i < ranks_.size(); ++i) {
      const bool result = i >= op_->operand_count();
      const type_view t = result ? op_->result(i - op_->operand_count()) : op_->operand(i);
      if (!t.is_tensor() || t.rank() != ranks_[i])
        fail("a tensor of rank " + std::to_string(ranks_[i]) + " stands for " + to_string(t));
      for (std::size_t d = 0; d < t.rank(); ++d) {
        std::int64_t size = 1;
        for (; at < places_.size() && places_[at].tensor == i && places_[at].dim == d; ++at) {
          const entry& f = factors_[places_[at].factor];
          size = checked_multiply(size, f.size);
          if (result && f.kind == factor_kind::reduction) fail("a result holds a reduction factor");
        }
        if (size != t.dims[d] && t.dims[d] != dynamic_size) {
          fail("the factors of dim " + std::to_string(d) + " make " + std::to_string(size) + " of " + to_string(t));
        }
      }
    }
  }

  const op_view* op_;
  std::string_view text_, all_;
  plain_vector<entry> factors_;
  plain_vector<place> places_;
  plain_vector<std::size_t> ranks_;
};

}  // namespace partita::op::detail
