// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A region of scalars as a function over many elements at a time: what reduce, sort, scatter and others call. A region
// of elementwise ops becomes a chain of element_functions that write into buffers made once; any other region is
// executed element by element.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include <partita/interpret/machine.hpp>

namespace partita::interpret {

class region_function {
 public:
  /// Elements per call at most.
  static constexpr std::size_t width = 512;

  region_function(machine& m, region_id r) : machine_(&m), region_(r) { bind(); }
  region_function(invocation& call, std::size_t region = 0)
      : region_function(call.device(), call.op().region(region)) {}

  [[nodiscard]] std::size_t argument_count() const { return machine_->program().graph().arguments(region_).size(); }
  [[nodiscard]] std::size_t result_count() const { return machine_->program().graph().results(region_).size(); }

  /// Applies the region to n elements (n <= width): result k of element i at out[k] + i. Outputs may be the inputs.
  void operator()(std::size_t n, std::span<const element_operand> in, std::span<void* const> out) {
    if (!chained_) return one_by_one(n, in, out);
    for (step& s : steps_) {
      element_operand operands[3];
      for (std::size_t k = 0; k < s.operand_count; ++k) operands[k] = locate(s.operands[k], in);
      s.function(s.uniform ? 1 : n, operands, buffer(s.buffer));
    }
    // Arguments that are results as they are: kept aside first, since outputs may be inputs.
    for (std::size_t k = 0; k < results_.size(); ++k) {
      if (results_[k].of == place::kind::argument) copy(n, locate(results_[k], in), results_[k].bytes, result_buffer(k));
    }
    for (std::size_t k = 0; k < results_.size(); ++k) {
      const bool aside = results_[k].of == place::kind::argument;
      copy(n, aside ? element_operand{result_buffer(k), 1} : locate(results_[k], in), results_[k].bytes, out[k]);
    }
  }

 private:
  // Where a value lies: an argument, the result of a step, or an array (a constant, a value from outside).
  struct place {
    enum class kind : std::uint8_t { argument, step, array } of = kind::argument;
    std::size_t index = 0;
    std::size_t bytes = 0;
  };
  struct step {
    element_function function;
    place operands[3];
    std::size_t operand_count = 0;
    std::size_t buffer = 0;
    bool uniform = false;  // no operand varies
  };

  static void copy(std::size_t n, const element_operand& from, std::size_t bytes, void* out) {
    if (from.step == 1) {
      std::memmove(out, from.data, n * bytes);
      return;
    }
    for (std::size_t i = 0; i < n; ++i) std::memcpy(static_cast<std::byte*>(out) + i * bytes, from.data, bytes);
  }
  [[nodiscard]] void* result_buffer(std::size_t k) { return buffer(steps_.size() + k); }
  [[nodiscard]] std::byte* buffer(std::size_t i) { return reinterpret_cast<std::byte*>(scratch_.data() + i * width); }

  [[nodiscard]] element_operand locate(const place& p, std::span<const element_operand> in) {
    switch (p.of) {
      case place::kind::argument: return in[p.index];
      case place::kind::step: return {buffer(steps_[p.index].buffer), steps_[p.index].uniform ? std::size_t{0} : std::size_t{1}};
      default: return {arrays_[p.index].data(), 0};
    }
  }

  void bind() {
    const program& p = machine_->program();
    const graph_base& g = p.graph();
    std::vector<std::pair<value_id, place>> known;
    const auto arguments = g.arguments(region_);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (g.type(arguments[i]).rank() != 0) return;
      known.push_back({arguments[i], {place::kind::argument, i, element_bytes(arguments[i])}});
    }
    const auto find = [&](value_id v) -> place {
      for (const auto& [name, where] : known) {
        if (name == v) return where;
      }
      arrays_.push_back(machine_->value(v));  // from outside the region
      known.push_back({v, {place::kind::array, arrays_.size() - 1, element_bytes(v)}});
      return known.back().second;
    };
    for (op_id o = g.first_op(region_); o != g.end_op(region_); o = g.next(o)) {
      const op_view view = p.view(o);
      const kernel_row& row = p.kernel(o);
      if (view.result_count() != 1 || view.result(0).rank() != 0 || view.region_count() != 0) return;
      const value_id result = g.results(o)[0];
      if (view.operand_count() == 0 && row.run != nullptr) {
        std::vector<array> none;
        invocation call(*machine_, view, machine_->precision(), none);
        row.run(call);
        arrays_.push_back(std::move(call.results()[0]));
        known.push_back({result, {place::kind::array, arrays_.size() - 1, element_bytes(result)}});
        continue;
      }
      if (row.element == nullptr || view.operand_count() > 3) return;
      step s;
      s.function = row.element(view, detail::signature_of(view, machine_->precision()));
      s.operand_count = view.operand_count();
      s.uniform = true;
      for (std::size_t k = 0; k < s.operand_count; ++k) {
        if (view.operand(k).rank() != 0) return;
        s.operands[k] = find(view.operand_value(k));
        const place& from = s.operands[k];
        s.uniform = s.uniform && (from.of == place::kind::array ||
                                  (from.of == place::kind::step && steps_[from.index].uniform));
      }
      s.buffer = steps_.size();
      steps_.push_back(s);
      known.push_back({result, {place::kind::step, steps_.size() - 1, element_bytes(result)}});
    }
    for (const value_id v : g.results(region_)) results_.push_back(find(v));
    scratch_.resize((steps_.size() + results_.size()) * width);
    chained_ = true;
  }

  [[nodiscard]] std::size_t element_bytes(value_id v) const {
    return size_of(storage_of(machine_->program().graph().type(v).element, machine_->precision()));
  }

  void one_by_one(std::size_t n, std::span<const element_operand> in, std::span<void* const> out) {
    const graph_base& g = machine_->program().graph();
    const auto arguments = g.arguments(region_);
    std::vector<array> scalars(arguments.size());
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < arguments.size(); ++k) {
        scalars[k] = array(g.type(arguments[k]), machine_->precision());
        const std::size_t bytes = size_of(scalars[k].kind());
        std::memcpy(scalars[k].mutable_data(), static_cast<const std::byte*>(in[k].data) + i * in[k].step * bytes, bytes);
      }
      const std::vector<array> results = machine_->call(region_, scalars);
      for (std::size_t k = 0; k < results.size(); ++k) {
        const std::size_t bytes = size_of(results[k].kind());
        std::memcpy(static_cast<std::byte*>(out[k]) + i * bytes, results[k].data(), bytes);
      }
    }
  }

  machine* machine_;
  region_id region_;
  bool chained_ = false;
  std::vector<step> steps_;
  std::vector<place> results_;
  std::vector<array> arrays_;
  std::vector<element_16> scratch_;  // width elements of 16 bytes for each step
};

}  // namespace partita::interpret
