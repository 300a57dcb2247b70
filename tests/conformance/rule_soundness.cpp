// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Soundness of sharding rules, by execution: on instances of every op that splits, each factor that its rule calls
// parallel or a reduction is split over two and over three devices, alone and together with each other factor, and all
// values are compared with those of one device.

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <partita/interpret/verify.hpp>
#include <partita/search/partitioning.hpp>

#include "support/kernels.hpp"
#include "support/rule_cases.hpp"

namespace {

using namespace partita;

/// One factor of one unit over one axis.
struct choice {
  unit_id unit;
  factor_index factor = 0;
  std::int64_t devices = 1;
};

class trial {
 public:
  explicit trial(const testing::rule_case& c) : case_(c), facts_(c.program) {}

  [[nodiscard]] const rule_table& rules() const { return facts_.rules; }
  [[nodiscard]] const dataflow& flow() const { return facts_.flow; }

  /// The axes on which f can be split over n devices as the last: first the factors before it in its dims, completely.
  [[nodiscard]] std::vector<choice> with_majors(unit_id u, factor_index f, std::int64_t n) const {
    std::vector<choice> choices;
    add_majors(u, f, choices);
    choices.push_back({u, f, n});
    return choices;
  }

  /// Splits as chosen, one axis for each choice, and executes. False when the choices do not go together.
  bool operator()(const std::vector<choice>& choices) const {
    std::vector<std::int64_t> sizes;
    axis_sizes axes;
    for (const choice& c : choices) {
      sizes.push_back(c.devices);
      axes.push_back(c.devices);
    }
    sharding_state state(case_.program, rules(), axes);
    for (std::size_t a = 0; a < choices.size(); ++a) {
      const auto axis = static_cast<axis_index>(a);
      if (!can_split(state, choices[a].unit, choices[a].factor, axis)) return false;
      state.set(choices[a].unit, axis, decision::split(choices[a].factor), 1);
    }
    std::string text = case_.name + ", " + std::string(case_.program.info(rules()[choices[0].unit].op).name) + " " +
                       to_string(rules(), choices[0].unit);
    for (const choice& c : choices)
      text += ", factor " + std::to_string(c.factor) + " over " + std::to_string(c.devices);
    CAPTURE(text);
    execute([&] { return lowering<stablehlo_ops>(case_.program, state, flow(), facts_.twins).run(); }, sizes);
    return true;
  }

  /// What shows when f is split over two devices, whatever its kind is: a wrong value, or an error.
  [[nodiscard]] std::string forced(unit_id u, factor_index f) const {
    constexpr std::int64_t two[] = {2};
    axis_sizes axes;
    axes.push_back(two[0]);
    sharding_state state(case_.program, rules(), axes);
    state.set(u, 0, decision::split(f), 1);
    try {
      const auto local = lowering<stablehlo_ops>(case_.program, state, flow(), facts_.twins).run();
      return interpret::verify(case_.program, local, two, {.seed = 2}).mismatch;
    } catch (const error& e) {
      return e.what();
    }
  }

  /// A dim of an argument.
  struct place {
    std::size_t argument, dim;
  };

  /// Places of arguments that n devices can split.
  [[nodiscard]] std::vector<place> places(std::int64_t n) const {
    std::vector<place> found;
    for (std::size_t i = 0; i < case_.program.arguments().size(); ++i) {
      const type_view type = case_.program.type(case_.program.arguments()[i]);
      for (std::size_t d = 0; d < type.rank(); ++d) {
        if (type.dims[d] % n == 0) found.push_back({i, d});
      }
    }
    return found;
  }

  /// Tiles these over one axis, propagates and executes. False when nothing came of it.
  bool tile(const std::vector<place>& at, std::int64_t n) const {
    axis_sizes axes;
    axes.push_back(n);
    partitioning<stablehlo_ops> p(facts_, axes);
    std::string text = case_.name + " over " + std::to_string(n);
    std::vector<action> tiles;
    for (const place& x : at) {
      action tiling;
      tiling.value = case_.program.arguments()[x.argument];
      tiling.dim = static_cast<std::uint8_t>(x.dim);
      tiles.push_back(tiling);
      text += ", argument " + std::to_string(x.argument) + " dim " + std::to_string(x.dim);
    }
    CAPTURE(text);
    p.apply(tiles);
    bool split = false;
    for (const unit_id u : rules().units()) split = split || p.state().decided(u);
    execute([&] { return p.lower(); }, {n});
    return split;
  }

 private:
  void add_majors(unit_id u, factor_index f, std::vector<choice>& choices) const {
    for (const slot& s : rules().slots(u)) {
      for (std::size_t d = 0; d < s.rank; ++d) {
        const auto dim = rules().dim(s, d);
        if (std::find(dim.begin(), dim.end(), f) == dim.end()) continue;
        for (std::size_t k = 0; dim[k] != f; ++k) {
          const std::int64_t size = rules().factors(u)[dim[k]].size;
          const bool known =
              std::any_of(choices.begin(), choices.end(), [&](const choice& c) { return c.factor == dim[k]; });
          if (size == 1 || known) continue;
          add_majors(u, dim[k], choices);
          choices.push_back({u, dim[k], size});
        }
      }
    }
  }

  template <class Lower>
  void execute(const Lower& lower, const std::vector<std::int64_t>& sizes) const {
    try {
      const auto local = lower();
      const auto report =
          interpret::verify(case_.program, local, sizes, {.seed = static_cast<std::uint64_t>(sizes.back())});
      CHECK_MESSAGE(report.agrees, report.mismatch);
      CHECK(report.comparisons > 0);
    } catch (const error& e) {
      FAIL_CHECK(std::string(e.what()));
    }
  }

  const testing::rule_case& case_;
  program_facts<stablehlo_ops> facts_;
};

/// Where values that are made of constants alone take their layout from: the factor of a use of dim `d` of value v.
choice use_of(const trial& t, value_id v, std::size_t d) {
  for (const contact& c : t.flow().contacts(v)) {
    const slot& s = t.rules().slots(c.unit)[c.slot];
    if (!c.is_use || t.rules().slots(c.unit).empty()) continue;
    const auto dim = t.rules().dim(s, d);
    const slot& last = t.rules().slots(c.unit).back();
    if (dim.empty() || t.flow().is_constant(last.value)) continue;
    if (t.rules().factors(c.unit)[dim[0]].splits()) return {c.unit, dim[0], 1};
  }
  return {unit_id{~0u}, 0, 0};
}

}  // namespace

TEST_CASE("every factor that a rule splits can be split") {
  const auto cases = testing::rule_cases();
  const char* only = std::getenv("PARTITA_RULE_CASE");
  std::size_t runs = 0;
  std::set<std::pair<std::string_view, factor_kind>> yielded, executed;
  for (const testing::rule_case& c : cases) {
    if (only != nullptr && c.name != only) continue;
    trial t(c);
    for (const unit_id u : t.rules().units()) {
      const std::string_view name = c.program.info(t.rules()[u].op).name;
      const auto factors = t.rules().factors(u);
      const auto results = c.program.results(t.rules()[u].op);
      const bool constant = !results.empty() && t.flow().is_constant(results[0]);
      for (std::size_t i = 0; i < factors.size(); ++i) {
        const auto f = static_cast<factor_index>(i);
        if (!factors[f].splits() || factors[f].size == 1) continue;
        yielded.insert({name, factors[f].kind});
        bool done = false, divides = false;
        for (const std::int64_t n : {2, 3}) {
          if (factors[f].size % n != 0) continue;
          divides = true;
          if (!constant) {
            const bool ran = t(t.with_majors(u, f, n));
            runs += ran ? 1u : 0u;
            done = done || ran;
            continue;
          }
          for (const slot& s : t.rules().slots(u)) {
            for (std::size_t d = 0; d < s.rank; ++d) {
              const auto dim = t.rules().dim(s, d);
              if (s.is_use() || dim.empty() || dim[0] != f) continue;
              const choice use = use_of(t, s.value, d);
              if (use.devices != 0) done = t({{use.unit, use.factor, n}}) || done;
            }
          }
        }
        if (done) executed.insert({name, factors[f].kind});
        if (!constant) {
          CHECK_MESSAGE(done == divides, c.name, ": factor ", i, " of ", name, " ", to_string(t.rules(), u),
                        " is not executed");
          for (std::size_t k = 0; k < factors.size(); ++k) {
            const auto g = static_cast<factor_index>(k);
            for (const auto& [m, n] : {std::pair{2, 3}, std::pair{3, 2}}) runs += t({{u, f, m}, {u, g, n}}) ? 1u : 0u;
          }
        }
      }
    }
  }
  MESSAGE(runs, " ways to split units of ", cases.size(), " instances");
  if (only == nullptr) {
    CHECK(runs > 1000);
    CHECK(yielded == executed);
  }
}

TEST_CASE("arguments of every instance can be tiled, one and two at a time") {
  std::size_t runs = 0, split = 0;
  const auto cases = testing::rule_cases();
  for (const testing::rule_case& c : cases) {
    const trial t(c);
    for (const std::int64_t n : {2, 3}) {
      const auto places = t.places(n);
      for (std::size_t i = 0; i < places.size(); ++i) {
        ++runs;
        split += t.tile({places[i]}, n) ? 1u : 0u;
        for (std::size_t k = i + 1; k < places.size() && n == 2; ++k) {
          if (places[k].argument == places[i].argument) continue;
          ++runs;
          split += t.tile({places[i], places[k]}, n) ? 1u : 0u;
        }
      }
    }
  }
  MESSAGE(runs, " tilings of arguments, of which ", split, " split something");
  CHECK(split > 1000);
}

// The instances are such that a wrong rule shows: what rules keep whole is split here against them.
TEST_CASE("what a rule keeps whole cannot be split") {
  // Instances in which a split would do no harm, though it does in others.
  const std::set<std::pair<std::string_view, std::size_t>> harmless{
      {"get_dimension_size", 0},     // it asks for the size of the other dim
      {"reduce_window_maximum", 1},  // windows do not overlap
      {"reduce_window_maximum", 2},
      {"reduce_window_of_two", 1},
      {"pad_inside", 1}};  // each device pads its elements alike
  const std::set<std::string_view> shaped_by_operands{
      "stablehlo.dynamic_iota",       "stablehlo.dynamic_reshape", "stablehlo.dynamic_broadcast_in_dim",
      "stablehlo.real_dynamic_slice", "stablehlo.dynamic_pad",     "stablehlo.set_dimension_size"};
  std::size_t tried = 0;
  const auto cases = testing::rule_cases();
  for (const testing::rule_case& c : cases) {
    const trial t(c);
    for (const unit_id u : t.rules().units()) {
      const auto results = c.program.results(t.rules()[u].op);
      if (!results.empty() && t.flow().is_constant(results[0])) continue;
      // What these make has the shape that an operand says, whatever later ops expect: no program to execute.
      const std::string_view name = c.program.info(t.rules()[u].op).name;
      if (shaped_by_operands.contains(name)) continue;
      const auto factors = t.rules().factors(u);
      for (std::size_t f = 0; f < factors.size(); ++f) {
        if (factors[f].splits() || factors[f].size % 2 != 0) continue;
        ++tried;
        const bool shows = !t.forced(u, static_cast<factor_index>(f)).empty();
        CHECK_MESSAGE(shows != harmless.contains({c.name, f}), c.name, ": factor ", f, " of ", to_string(t.rules(), u));
      }
    }
  }
  CHECK(tried > 80);
}

TEST_CASE("every op has an instance or a reason for having none") {
  std::set<std::string_view> with_case, listed;
  const auto cases = testing::rule_cases();
  for (const testing::rule_case& c : cases) {
    for (std::uint32_t o = 0; o < c.program.op_count(); ++o) with_case.insert(c.program.info(op_id{o}).name);
  }
  for (const auto& group : testing::ops_without_cases()) listed.insert(group.ops.begin(), group.ops.end());
  for (const op_info& info : op_table<stablehlo_ops>) {
    CAPTURE(info.name);
    CHECK(with_case.contains(info.name) != listed.contains(info.name));
    listed.erase(info.name);
  }
  for (const std::string_view name : listed) FAIL_CHECK("there is no op called ", name);
}

TEST_CASE("ops without an instance split nothing in real programs") {
  const auto folder = testing::shared_file("models/tiny");
  if (!folder) return;
  std::set<std::string_view> listed;
  for (const auto& group : testing::ops_without_cases()) listed.insert(group.ops.begin(), group.ops.end());
  std::size_t units = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() != ".mlir") continue;
    const graph program = stablehlo::read_file(entry.path().string());
    const rule_table rules = make_rules(program);
    for (const unit_id u : rules.units()) {
      const std::string_view name = program.info(rules[u].op).name;
      ++units;
      if (!listed.contains(name)) continue;
      for (const factor& f : rules.factors(u)) CHECK_MESSAGE(!f.splits(), name, " ", to_string(rules, u));
    }
  }
  CHECK(units > 1000);
}

TEST_CASE("the page on what splits is up to date") {
  const auto file = testing::source_folder() / "docs" / "reference" / "rules-coverage.md";
  const std::string page = testing::coverage_page(testing::rule_cases());
  // PARTITA_WRITE_PAGES=1 writes the page.
  if (const char* write = std::getenv("PARTITA_WRITE_PAGES"); write != nullptr && *write == '1')
    std::ofstream(file, std::ios::binary) << page;
  std::ifstream in(file, std::ios::binary);
  const std::string kept{std::istreambuf_iterator<char>(in), {}};
  CHECK_MESSAGE(kept == page,
                "docs/reference/rules-coverage.md is not what the rules say; PARTITA_WRITE_PAGES=1 "
                "conformance_tests -tc=\"the page on what splits*\" writes it anew");
}
