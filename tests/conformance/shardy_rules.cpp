// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Sharding rules against those that Shardy's registry prints for the same op (openxla/shardy,
// op_sharding_rule_registry.mlir): equal up to the names of factors, apart from the differences listed here.

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <partita/rule/format.hpp>
#include <partita/stablehlo.hpp>

#include "support/data.hpp"

namespace {

using namespace partita;

// Where Partita's rule is another one on purpose. Either way it is compared dim by dim with Shardy's.
enum class relation {
  stricter,  // a dim that splits in Partita's rule splits in Shardy's
  wider,     // a dim that splits in Shardy's rule splits in Partita's
};

struct difference {
  relation how;
  bool same_factors;  // each dim is made of the same factors, which differ in kind
  std::string_view reason;
  std::vector<std::string_view> functions;
};

const std::vector<difference>& differences() {
  static const std::vector<difference> all{
      {relation::stricter,
       true,
       "a dim of which gather takes the first element alone, without an index, could be split as a masked sum; it "
       "stays whole",
       {"gather_implicit_index_vector_dim_and_size_one_collapsed_slice_dim"}},
      {relation::stricter,
       true,
       "a window of scatter that an index moves stays whole, and so does the list of updates of several tensors",
       {"scatter_inserted_window_dim_is_last_one", "scatter_multiple_input"}},
      {relation::stricter,
       true,
       "a dim of which dynamic_update_slice writes several elements, but not all, could be split with a mask; it stays "
       "whole",
       {"dynamic_update_slice", "dynamic_update_slice_constant_indices"}},
      {relation::wider,
       false,
       "of a dim of which dynamic_slice takes one element each device can give what it has, as a masked sum",
       {"dynamic_slice"}},
      {relation::stricter,
       true,
       "a factor that only one shape of a reshape has would split one side alone",
       {"reshape_swap_dims_no_common_divisor", "reshape_swap_dims_with_common_divisor",
        "reshape_swap_with_dim_before_and_in_between", "reshape_swap_and_merge", "reshape_split_and_swap",
        "reshape_split_swap_and_merge"}},
      {relation::stricter,
       true,
       "the concatenated dim is a permutation of shards also where the operands are no slices of one tensor",
       {"concat_operands_dim_size_one", "concat_gcd_is_one", "concat_operands_with_same_shape",
        "concat_gcd_is_equal_to_operand_dim", "concat_gcd_is_greater_than_all_operand_dims",
        "concat_not_all_operands_are_results_of_slices", "concat_not_all_operands_are_from_slices_of_the_same_tensor",
        "concat_operands_are_on_the_same_tensor"}},
      {relation::stricter,
       false,
       "spatial dims of a convolution stay whole, so that they need no factors for windows and their number",
       {"conv_simple", "conv_window_size_greater_than_num_windows", "conv_batch_group_count",
        "conv_per_group_batch_size_one", "conv_feature_group_count", "conv_per_group_input_feature_size_one",
        "conv_output_feature_size_one"}},
      {relation::stricter,
       true,
       "reducers of several values are not taken apart into one operation for each",
       {"reduce_multiple_results"}},
      {relation::stricter,
       true,
       "random bits follow from the whole shape, so that no dim of them splits",
       {"rng_bit_generator"}},
      {relation::wider,
       true,
       "an elementwise call splits also where a generator of random bits uses it",
       {"custom_call_x64_combine_used_by_rng_bit_generator"}},
      {relation::wider,
       true,
       "columns (right: rows) of the right-hand side of a triangular system are solved independently",
       {"triangular_solve_left_side_no_transpose", "triangular_solve_left_side_transpose",
        "triangular_solve_right_side_no_transpose", "triangular_solve_right_side_transpose"}},
      {relation::stricter,
       true,
       "a collective in a global program already speaks of devices; nothing of it splits",
       {"all_gather", "all_to_all_same_dimension", "reduce_scatter"}},
      {relation::stricter,
       true,
       "the dim that a call reduces in part stays whole",
       {"custom_call_approx_topk", "custom_call_partial_reduce", "custom_call_partial_reduce_string_backend_config"}},
      {relation::wider,
       false,
       "the largest elements are the largest of those that devices find in their parts",
       {"custom_call_topk_of_1d", "custom_call_topk_of_2d", "custom_call_top2_of_2d"}},
      {relation::stricter,
       false,
       "the dims of the matrices that a call decomposes stay whole",
       {"custom_call_eigh"}},
  };
  return all;
}

// A rule apart from the names of its factors: these are numbered as they first appear, operands before results.
struct parsed_rule {
  std::vector<std::vector<std::vector<int>>> tensors;  // operands, then results; dims; factors, major to minor
  std::size_t operand_count = 0;
  std::map<int, std::string> sizes;
  std::map<std::string, std::set<int>> sets;

  [[nodiscard]] bool same_dims(const parsed_rule& b) const {
    return tensors == b.tensors && operand_count == b.operand_count && sizes == b.sizes;
  }
  // Whether a dim can be split; it has more than one element and a factor that no set keeps whole.
  [[nodiscard]] bool splits(std::size_t tensor, std::size_t dim) const {
    for (const int f : tensors[tensor][dim]) {
      bool held = sizes.at(f) == "1" || sizes.at(f) == "0";
      for (const auto& [name, factors] : sets) held = held || (name != "reduction" && factors.contains(f));
      if (!held) return true;
    }
    return false;
  }
};

class rule_parser {
 public:
  explicit rule_parser(std::string_view text) : text_(text) {}

  parsed_rule parse() {
    tensor_list();
    rule_.operand_count = rule_.tensors.size();
    skip("->");
    tensor_list();
    if (skip("{")) {
      while (!text_.empty() && !skip("}")) {
        const int factor = number(factor_name_here());
        skip("=");
        rule_.sizes[factor] = word();
        skip(",");
      }
    }
    while (!text_.empty() && text_.front() != '>') {
      const std::string name = word();
      if (name.empty()) break;
      skip("=");
      skip("{");
      while (!text_.empty() && !skip("}")) {
        rule_.sets[name].insert(number(factor_name_here()));
        skip(",");
      }
    }
    return rule_;
  }

 private:
  void blanks() {
    while (!text_.empty() && text_.front() == ' ') text_.remove_prefix(1);
  }
  bool skip(std::string_view token) {
    blanks();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }
  std::string word() {
    blanks();
    std::size_t n = 0;
    while (n < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[n])) != 0 || text_[n] == '_' || text_[n] == '?'))
      ++n;
    const std::string found(text_.substr(0, n));
    text_.remove_prefix(n);
    return found;
  }
  // One letter, or z_ and a number: names stand without blanks between them where a dim has several factors.
  std::string factor_name_here() {
    blanks();
    std::size_t n = 1;
    if (text_.starts_with("z_")) {
      n = 2;
      while (n < text_.size() && std::isdigit(static_cast<unsigned char>(text_[n])) != 0) ++n;
    }
    const std::string found(text_.substr(0, n));
    text_.remove_prefix(std::min(n, text_.size()));
    return found;
  }
  int number(const std::string& name) {
    return numbers_.emplace(name, static_cast<int>(numbers_.size())).first->second;
  }
  void tensor_list() {
    if (!skip("(")) return;
    while (!text_.empty() && !skip(")")) {
      skip("[");
      auto& dims = rule_.tensors.emplace_back();
      while (!text_.empty() && !skip("]")) {
        auto& factors = dims.emplace_back();
        for (blanks(); !text_.empty() && text_.front() != ',' && text_.front() != ']';)
          factors.push_back(number(factor_name_here()));
        skip(",");
      }
      skip(",");
    }
  }

  std::string_view text_;
  std::map<std::string, int> numbers_;
  parsed_rule rule_;
};

parsed_rule parse_rule(std::string_view text) {
  constexpr std::string_view prefix = "#sdy.op_sharding_rule<";
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  return rule_parser(text).parse();
}

// The nth op of this name in the program.
op_id find_op(const graph& g, std::string_view name, std::size_t nth) {
  for (std::uint32_t i = 0; i < g.op_count(); ++i) {
    if (g.info(op_id{i}).name == name && nth-- == 0) return op_id{i};
  }
  return {};
}

// Whether both rules are about tensors of the same ranks, and each dim that splits in a splits in b.
bool splits_no_more(const parsed_rule& a, const parsed_rule& b) {
  if (a.tensors.size() != b.tensors.size() || a.operand_count != b.operand_count) return false;
  for (std::size_t t = 0; t < a.tensors.size(); ++t) {
    if (a.tensors[t].size() != b.tensors[t].size()) return false;
    for (std::size_t d = 0; d < a.tensors[t].size(); ++d) {
      if (a.splits(t, d) && !b.splits(t, d)) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("rules are Shardy's, apart from listed differences") {
  const auto file = testing::shared_file("conformance/shardy/visible/rules.json");
  if (!file) return;
  std::ifstream in(*file);
  const nlohmann::json cases = nlohmann::json::parse(in);
  std::size_t equal = 0, different = 0;
  for (const nlohmann::json& c : cases) {
    // Shardy's conservative mode blocks what Partita keeps whole anyway.
    if (c.at("conservative").get<bool>()) continue;
    const std::string function = c.at("func"), name = c.at("op");
    CAPTURE(function);
    try {
      const auto program = stablehlo::read(c.at("text").get<std::string>());
      const graph& g = program.entry();
      const op_id o = find_op(g, name, c.at("nth").get<std::size_t>());
      REQUIRE(static_cast<bool>(o));
      const rule_table rules = make_rules(g);
      REQUIRE(rules.units(o).size() == 1);
      const unit_id u = rules.units(o)[0];
      if (c.at("rule").is_null()) {
        for (const factor& f : rules.factors(u)) CHECK_FALSE(f.splits());
        ++equal;
        continue;
      }
      const std::string shardy_text = c.at("rule"), our_text = to_string(rules, u);
      CAPTURE(shardy_text);
      CAPTURE(our_text);
      const parsed_rule shardy = parse_rule(shardy_text), ours = parse_rule(our_text);
      const auto listed = std::find_if(differences().begin(), differences().end(), [&](const difference& d) {
        return std::find(d.functions.begin(), d.functions.end(), function) != d.functions.end();
      });
      if (listed == differences().end()) {
        CHECK(ours.same_dims(shardy));
        if (c.at("complete").get<bool>()) CHECK(ours.sets == shardy.sets);
        ++equal;
        continue;
      }
      // A difference that is none any more leaves the list.
      CHECK_FALSE((ours.same_dims(shardy) && ours.sets == shardy.sets));
      if (listed->same_factors) CHECK(ours.same_dims(shardy));
      CHECK((listed->how == relation::stricter ? splits_no_more(ours, shardy) : splits_no_more(shardy, ours)));
      ++different;
    } catch (const error& e) {
      FAIL_CHECK(e.what());
    }
  }
  MESSAGE(equal, " rules equal Shardy's, ", different, " differ as listed");
  CHECK(equal + different > 100);
}
