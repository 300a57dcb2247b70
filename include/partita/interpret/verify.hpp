// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// verify(original, program, mesh): runs a program on one device and its partitioned form on all devices of the mesh,
// on the same inputs, and compares every result and every intermediate that exists in both. What a partitioned program
// is, is left open: anything with a `graph`, with layouts of `arguments` and `results`, and with `values` that says for
// each value of the original which local value holds it and in which layout, as lowering returns it.

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <partita/interpret/compare.hpp>
#include <partita/interpret/devices.hpp>
#include <partita/interpret/inputs.hpp>
#include <partita/interpret/shard.hpp>

namespace partita::interpret {

struct verify_options {
  std::uint64_t seed = 1;
  /// Agreement that is asked for when floats are computed in f64, relative to a value's largest magnitude.
  double tolerance = 1e-9;
  bool intermediates = true;  ///< compare values inside the program too
  run_options run = {};       ///< how devices are run; faults
};

/// How well a result agrees in the program's own types.
struct result_error {
  std::string name;
  double relative = 0;  ///< largest difference to the largest magnitude
};

struct verify_report {
  bool agrees = true;
  std::string mismatch;         ///< the first wrong value in the order of the original: op, device, place, numbers
  std::size_t values = 0;       ///< values compared, results included
  std::size_t comparisons = 0;  ///< of one device's part of a value, once for each time it is computed
  std::size_t noise = 0;        ///< comparisons of values that are nothing but rounding (see measure_noise)
  double largest_error = 0;     ///< relative, with floats computed in f64, of the others
  std::vector<result_error> own_types;

  [[nodiscard]] double largest_own_error() const {
    double worst = 0;
    for (const result_error& r : own_types) worst = std::max(worst, r.relative);
    return worst;
  }
};

/// Runs a partitioned program on the devices of a mesh. `arguments` are whole; returned are each device's results.
template <class Program>
[[nodiscard]] std::vector<std::vector<array>> run_partitioned(const Program& partitioned, const program& executable,
                                                              const device_grid& grid,
                                                              std::span<const array> arguments, numerics n,
                                                              const run_options& options = {}, const observer& o = {},
                                                              const program_set* functions = nullptr) {
  std::vector<std::vector<array>> parts(grid.size());
  for (std::uint32_t device = 0; device < grid.size(); ++device) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const array& whole = arguments[i];
      const auto& layout = partitioned.arguments[i];
      parts[device].push_back(layout.splits.empty()
                                  ? whole
                                  : part_of(whole, box_of(whole.dims().view(), layout, grid.mesh, device), n));
    }
  }
  return run_on_devices(executable, grid, std::move(parts), n, options, o, functions);
}

/// The whole results from each device's parts.
template <class Program, class Graph>
[[nodiscard]] std::vector<array> assemble_results(const Program& partitioned, const Graph& original,
                                                  const device_grid& grid,
                                                  const std::vector<std::vector<array>>& parts, numerics n) {
  std::vector<array> results;
  for (std::size_t i = 0; i < original.results().size(); ++i) {
    const type_view t = original.type(original.results()[i]);
    if (!t.is_tensor() || partitioned.results[i].splits.empty()) {
      results.push_back(parts[0][i]);
      continue;
    }
    // Sizes that the type leaves open are those of the parts.
    size_list sizes = parts[0][i].dims();
    for (const auto& s : partitioned.results[i].splits) sizes[s.dim] *= grid.mesh[s.axis];
    array whole(t.element, sizes, n);
    for (std::uint32_t device = 0; device < grid.size(); ++device)
      set_part(whole, box_of(sizes, partitioned.results[i], grid.mesh, device), parts[device][i]);
    results.push_back(std::move(whole));
  }
  return results;
}

namespace detail {

/// What a program computes on one device, once for all partitioned forms that are compared with it: each value with
/// floats computed in f64, and results in the program's own types.
template <class Graph>
class original_run {
 public:
  /// A value, how large it is, and how far rounding alone moves it.
  struct recorded {
    array whole;
    double magnitude = 0, noise = 0;

    explicit recorded(array a) : whole(std::move(a)), magnitude(largest_magnitude(whole)) {}
    void measure_noise(const array& moved) { noise = compare(whole, moved, magnitude).largest; }
  };

  original_run(const Graph& g, const std::vector<std::vector<std::uint8_t>>& inputs, const verify_options& options,
               const program_set* functions)
      : g_(g), program_(g), functions_(functions), arguments_(arguments_from_bytes(g, inputs, numerics::widened)),
        own_arguments_(arguments_from_bytes(g, inputs, numerics::own)) {
    record(options.intermediates);
    measure_noise(options.seed);
    own_results_ = interpret::run(program_, own_arguments_, numerics::own, functions_);
  }

  [[nodiscard]] const Graph& graph() const { return g_; }
  [[nodiscard]] const program_set* functions() const { return functions_; }
  [[nodiscard]] const std::vector<array>& arguments() const { return arguments_; }
  [[nodiscard]] const std::vector<array>& own_arguments() const { return own_arguments_; }
  /// The arrays of a value: one for each time it is computed, in loops; none without intermediates.
  [[nodiscard]] const std::vector<recorded>& runs_of(value_id v) const { return recorded_[v.index]; }
  [[nodiscard]] const std::vector<recorded>& results() const { return results_; }
  [[nodiscard]] const std::vector<array>& own_results() const { return own_results_; }
  [[nodiscard]] op_view view(op_id o) const { return program_.view(o); }

 private:
  void record(bool intermediates) {
    recorded_.resize(g_.value_count());
    auto results = interpret::run(program_, arguments_, numerics::widened, functions_,
                                  [&](const machine&, op_id o, std::span<const array> of_op) {
                                    if (!intermediates) return;
                                    for (std::size_t i = 0; i < of_op.size(); ++i)
                                      recorded_[g_.results(o)[i].index].emplace_back(of_op[i]);
                                  });
    for (array& a : results) results_.emplace_back(std::move(a));
  }

  // Differences that rounding alone can make. Devices add what one device adds in another order; so the original is run
  // once more with arguments, summands and sums moved by a few units in the last place of f64. How far each value moves
  // then is its noise. A value that is nothing but rounding (a sum whose exact value is zero, two sums of the same that
  // are subtracted) is judged by that.
  void measure_noise(std::uint64_t seed) {
    split_mix random(seed ^ 0x5eedull);
    std::vector<array> arguments = arguments_;
    for (array& a : arguments) move_slightly(a, random);
    const std::vector<bool> rounded = summands_and_sums();
    std::vector<std::size_t> times(g_.value_count(), 0);
    const auto moved = interpret::run(
        program_, std::move(arguments), numerics::widened, functions_,
        [&](const machine&, op_id o, std::span<array> results) {
          for (std::size_t i = 0; i < results.size(); ++i) {
            const std::uint32_t v = g_.results(o)[i].index;
            if (rounded[v]) move_slightly(results[i], random);
            const std::size_t k = times[v]++;
            if (k < recorded_[v].size()) recorded_[v][k].measure_noise(results[i]);
          }
        });
    for (std::size_t i = 0; i < moved.size(); ++i) results_[i].measure_noise(moved[i]);
  }

  // Whole numbers stay: their sums are exact, and what is counted or compared must not become something else.
  static void move_slightly(array& a, split_mix& random) {
    with_type(a.kind(), [&]<class T>() {
      const auto move = [&](double& x) {
        if (x != std::trunc(x)) x *= 1 + (random.unit() - 0.5) * 0x1p-49;
      };
      if constexpr (std::is_same_v<T, double>) {
        for (double& x : a.mutable_elements<T>()) move(x);
      } else if constexpr (std::is_same_v<T, std::complex<double>>) {
        for (T& x : a.mutable_elements<T>()) {
          double re = x.real(), im = x.imag();
          move(re);
          move(im);
          x = {re, im};
        }
      }
    });
  }

  // By value: whether it is an operand or a result of an op that adds or multiplies many elements.
  [[nodiscard]] std::vector<bool> summands_and_sums() const {
    std::vector<bool> rounded(g_.value_count(), false);
    for (std::uint32_t i = 0; i < g_.op_count(); ++i) {
      const op_id o{i};
      const op_view view = program_.view(o);
      bool sums = g_.info(o).traits.matrix;
      for (std::size_t r = 0; r < view.region_count(); ++r)
        sums = sums || view.reducer(r) == monoid::add || view.reducer(r) == monoid::multiply;
      if (!sums) continue;
      for (const value_id v : g_.operands(o)) rounded[v.index] = true;
      for (const value_id v : g_.results(o)) rounded[v.index] = true;
    }
    return rounded;
  }

  const Graph& g_;
  program program_;
  const program_set* functions_;
  std::vector<array> arguments_, own_arguments_;
  std::vector<std::vector<recorded>> recorded_;  // by value
  std::vector<recorded> results_;
  std::vector<array> own_results_;
};

/// One partitioned form beside the original.
template <class Graph, class Program>
class comparison {
 public:
  comparison(const original_run<Graph>& original, const Program& p, list_view<std::int64_t> mesh,
             const verify_options& options)
      : original_(original), g_(original.graph()), partitioned_(p), options_(options), local_(p.graph),
        grid_(device_grid::over(mesh)) {}

  verify_report run() {
    map_values();
    const auto parts = run_on_mesh(original_.arguments(), numerics::widened,
                                   [this](const machine& m, op_id o, std::span<const array> results) {
                                     if (options_.intermediates) compare_op(m, o, results);
                                   });
    for (std::size_t i = 0; i < g_.results().size(); ++i) {
      ++report_.values;
      for (std::uint32_t d = 0; d < grid_.size(); ++d) {
        compare_part(original_.results()[i], parts[d][i], partitioned_.results[i], d, [&] {
          return std::pair{g_.op_count() + i, "result " + std::string(g_.result_name(i))};
        });
      }
    }
    report_.agrees = report_.mismatch.empty();
    if (report_.agrees) compare_in_own_types();
    return std::move(report_);
  }

 private:
  using recorded = typename original_run<Graph>::recorded;

  [[nodiscard]] std::vector<std::vector<array>> run_on_mesh(const std::vector<array>& arguments, numerics n,
                                                            const observer& o = {}) const {
    return run_partitioned(partitioned_, local_, grid_, arguments, n, options_.run, o, original_.functions());
  }

  void map_values() {
    const graph_base& local = local_.graph();
    originals_.assign(local.value_count(), value_id{});
    for (std::uint32_t v = 0; v < g_.value_count(); ++v) {
      const auto& where = partitioned_.values[v];
      if (where.local && where.at.partial == 0 && !original_.runs_of({v}).empty()) originals_[where.local.index] = {v};
    }
    std::vector<bool> counted(g_.value_count(), false);
    for (const value_id v : originals_) {
      if (v && !counted[v.index]) ++report_.values;
      if (v) counted[v.index] = true;
    }
    times_.assign(grid_.size(), std::vector<std::uint32_t>(g_.value_count(), 0));
  }

  void compare_op(const machine& m, op_id o, std::span<const array> results) {
    const auto names = local_.graph().results(o);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const value_id v = originals_[names[i].index];
      if (!v) continue;
      const std::uint32_t time = times_[m.number()][v.index]++;
      const op_id maker = g_.definition(v);
      const auto describe = [&] {
        std::string text = "result" + (g_.results(maker).size() > 1 ? " " + std::to_string(g_.position(v)) : "") + " of " +
                           std::string(original_.view(maker).name());
        if (!g_.scope(maker).empty()) text += " (" + std::string(g_.scope(maker)) + ")";
        if (time != 0) text += ", run " + std::to_string(time + 1);
        return std::pair{static_cast<std::size_t>(maker.index), text};
      };
      if (time >= original_.runs_of(v).size()) {
        const std::lock_guard lock(guard_);
        note(describe().first, describe().second + ": computed more often on device " + std::to_string(m.number()) +
                                   " than by the original program");
        continue;
      }
      compare_part(original_.runs_of(v)[time], results[i], partitioned_.values[v.index].at, m.number(), describe);
    }
  }

  template <class Layout, class Describe>
  void compare_part(const recorded& right, const array& part, const Layout& at, std::uint32_t device,
                    const Describe& describe) {
    const array& whole = right.whole;
    if (whole.kind() == storage::none) return;
    // Rounding alone can turn an integer or make infinite what is finite: such a value says nothing.
    if (!(right.noise < std::numeric_limits<double>::infinity())) return;
    const box b = box_of(whole.dims().view(), at, grid_.mesh, device);
    const array wanted = at.splits.empty() ? whole : part_of(whole, b, numerics::widened);
    if (same_bytes(wanted, part)) {
      const std::lock_guard lock(guard_);
      ++report_.comparisons;
      return;
    }
    // What is small in a part is not held to the size of that part.
    const difference d = compare(wanted, part, right.magnitude);
    const double allowed = options_.tolerance * d.magnitude + 1e3 * right.noise;
    const std::lock_guard lock(guard_);
    ++report_.comparisons;
    if (d.largest <= allowed) {
      const bool exact = d.largest <= options_.tolerance * d.magnitude;
      if (!exact) ++report_.noise;
      if (exact && d.magnitude > 0) report_.largest_error = std::max(report_.largest_error, d.largest / d.magnitude);
      return;
    }
    const auto [order, text] = describe();
    std::string message = text + ": device " + std::to_string(device) + " ";
    if (!(wanted.dims() == part.dims())) {
      message += "holds " + to_string(part.type()) + " where " + to_string(wanted.type()) + " is right";
    } else {
      char size[64];
      std::snprintf(size, sizeof size, ", off by %.3g where at most %.3g is rounding", d.largest, allowed);
      message += "at " + position_text(part, d.at) + " of " + to_string(part.type()) + ": expected " +
                 element_text(wanted, d.at) + " but got " + element_text(part, d.at) + size;
    }
    note(order, std::move(message));
  }

  void note(std::size_t order, std::string message) {
    if (!report_.mismatch.empty() && (order > first_wrong_ || (order == first_wrong_ && message > report_.mismatch)))
      return;
    first_wrong_ = order;
    report_.mismatch = std::move(message);
  }

  void compare_in_own_types() {
    const auto parts = run_on_mesh(original_.own_arguments(), numerics::own);
    const auto results = assemble_results(partitioned_, g_, grid_, parts, numerics::own);
    for (std::size_t i = 0; i < results.size(); ++i) {
      report_.own_types.push_back(
          {std::string(g_.result_name(i)), compare(original_.own_results()[i], results[i]).relative()});
    }
  }

  const original_run<Graph>& original_;
  const Graph& g_;
  const Program& partitioned_;
  const verify_options& options_;
  program local_;
  device_grid grid_;
  std::vector<value_id> originals_;                // by value of the local program
  std::vector<std::vector<std::uint32_t>> times_;  // by device and value of the original
  std::mutex guard_;
  std::size_t first_wrong_ = 0;
  verify_report report_;
};

}  // namespace detail

/// Compares a program with any number of its partitioned forms on the same inputs: the program runs but once. It refers
/// to the program and to `functions`, those of its module, for ops that call them in all forms. See the head of this file.
/// Throws execution_error when a program cannot be executed.
template <class Ops>
class verifier {
 public:
  /// On drawn inputs.
  explicit verifier(const basic_graph<Ops>& original, const verify_options& options = {},
                    const program_set* functions = nullptr)
      : verifier(original, draw_arguments(original, options.seed), options, functions) {}
  /// On given inputs, one list of bytes per argument.
  verifier(const basic_graph<Ops>& original, const std::vector<std::vector<std::uint8_t>>& inputs,
           const verify_options& options = {}, const program_set* functions = nullptr)
      : options_(options), original_(original, inputs, options, functions) {}

  /// @param mesh sizes of the axes that layouts number; their product is the number of devices
  template <class Program>
  [[nodiscard]] verify_report operator()(const Program& partitioned, list_view<std::int64_t> mesh) const {
    return detail::comparison<basic_graph<Ops>, Program>(original_, partitioned, mesh, options_).run();
  }

 private:
  verify_options options_;
  detail::original_run<basic_graph<Ops>> original_;
};

/// One comparison on drawn inputs.
template <class Ops, class Program>
[[nodiscard]] verify_report verify(const basic_graph<Ops>& original, const Program& partitioned,
                                   list_view<std::int64_t> mesh, const verify_options& options = {},
                                   const program_set* functions = nullptr) {
  return verifier<Ops>(original, options, functions)(partitioned, mesh);
}

}  // namespace partita::interpret
