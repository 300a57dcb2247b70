// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// One device that executes a program. It keeps its own stack of regions instead of C++'s, so that it can stop at a
// collective and go on when the other devices of the group have arrived there.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <partita/interpret/program.hpp>

namespace partita::interpret {

/// Called after each op with its results, which it may change: the program goes on with what it leaves.
using observer = std::function<void(const machine&, op_id, std::span<array>)>;

class machine {
 public:
  enum class state : std::uint8_t { ready, waiting, finished };

  machine(const program& p, numerics n, const device_grid& grid = single_device(), device_position at = {},
          const program_set* functions = nullptr)
      : program_(&p), functions_(functions), grid_(&grid), position_(at), precision_(n),
        values_(p.graph().value_count()) {}

  /// Sets the arguments and stands before the first op. Throws execution_error when number or types do not fit.
  void start(std::vector<array> arguments) {
    enter(program_->graph().body(), std::move(arguments));
    state_ = state::ready;
  }
  /// Executes until the program ends or a collective needs other devices.
  state run() {
    if (state_ == state::ready) state_ = run_down_to(0) ? state::finished : state::waiting;
    return state_;
  }
  [[nodiscard]] std::vector<array> take_results() { return std::move(returned_); }

  // --- at a collective -------------------------------------------------------------------------------
  [[nodiscard]] state status() const { return state_; }
  [[nodiscard]] op_id waiting_at() const { return frames_.back().at; }
  [[nodiscard]] std::vector<array>& exchanged_operands() { return operands_; }
  [[nodiscard]] std::vector<array>& exchanged_results() { return exchanged_; }
  /// The collective has taken place: its results are set.
  void resume() {
    frame& f = frames_.back();
    const op_id o = f.at;
    f.at = program_->graph().next(o);
    operands_.clear();
    finish(o, exchanged_);
    exchanged_.clear();
    state_ = state::ready;
  }

  // --- for kernels -----------------------------------------------------------------------------------
  /// Executes a region whose arguments are these, to its end.
  [[nodiscard]] std::vector<array> call(region_id r, std::span<const array> arguments) {
    const std::size_t depth = frames_.size();
    enter(r, std::vector<array>(arguments.begin(), arguments.end()));
    if (!run_down_to(depth)) fail_at(frames_.back().at, "a collective cannot stand in a region that other ops execute");
    return std::move(returned_);
  }
  /// Executes a function of the module, given as its name or as attributes refer to it, @name.
  [[nodiscard]] std::vector<array> call(std::string_view function, std::span<const array> arguments) {
    if (function.starts_with('@')) function.remove_prefix(1);
    const interpret::program* const p = functions_ == nullptr ? nullptr : functions_->find(function);
    if (p == nullptr) throw execution_error("the module has no function @" + std::string(function));
    machine callee(*p, precision_, *grid_, position_, functions_);
    callee.start(std::vector<array>(arguments.begin(), arguments.end()));
    if (callee.run() != state::finished)
      throw execution_error("@" + std::string(function) + ": a collective cannot stand in a called function");
    return callee.take_results();
  }
  [[nodiscard]] const array& value(value_id v) const { return values_[v.index]; }
  [[nodiscard]] const interpret::program& program() const { return *program_; }
  [[nodiscard]] const program_set* functions() const { return functions_; }
  [[nodiscard]] const device_grid& grid() const { return *grid_; }
  [[nodiscard]] device_position position() const { return position_; }
  [[nodiscard]] std::uint32_t number() const { return position_.replica * grid_->partitions + position_.partition; }
  [[nodiscard]] numerics precision() const { return precision_; }
  void observe(observer o) { observer_ = std::move(o); }

  /// Throws execution_error that names op o, its scope and the device.
  [[noreturn]] void fail_at(op_id o, const std::string& message) const {
    std::string text(program_->view(o).name());
    const std::string_view scope = program_->graph().scope(o);
    if (!scope.empty()) text += " (" + std::string(scope) + ")";
    if (grid_->size() > 1) text += " on device " + std::to_string(number());
    throw execution_error(text + ": " + message);
  }

 private:
  struct frame {
    region_id region;
    op_id at, end;
    std::vector<array> carried;  // of the loop whose condition runs
  };

  static const device_grid& single_device() {
    static const device_grid grid;
    return grid;
  }

  void enter(region_id r, std::vector<array> arguments) {
    const graph_base& g = program_->graph();
    const auto wanted = g.arguments(r);
    if (wanted.size() != arguments.size()) {
      throw execution_error("a region takes " + std::to_string(wanted.size()) + " arguments but gets " +
                            std::to_string(arguments.size()));
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) values_[wanted[i].index] = std::move(arguments[i]);
    frames_.push_back({r, g.first_op(r), g.end_op(r), {}});
  }

  // True when the frame at `depth` and all above it have ended; false at a collective.
  bool run_down_to(std::size_t depth) {
    const graph_base& g = program_->graph();
    while (frames_.size() > depth) {
      frame& f = frames_.back();
      if (f.at == f.end) {
        leave(depth);
        continue;
      }
      const op_id o = f.at;
      const kernel_row& row = program_->kernel(o);
      gather_operands(o);
      switch (row.kind) {
        case flow::straight: {
          if (row.run == nullptr) fail_at(o, "no kernel: this op cannot be executed");
          const op_view view = program_->view(o);
          std::vector<array> operands = std::exchange(operands_, {});
          invocation call(*this, view, precision_, operands);
          row.run(call);
          frames_.back().at = g.next(o);
          finish(o, call.results());
          break;
        }
        case flow::loop: {
          std::vector<array> carried = std::exchange(operands_, {});
          enter(g.regions(o)[0], carried);
          frames_.back().carried = std::move(carried);
          break;
        }
        case flow::branches: {
          const std::size_t branch = choose(o, operands_[0]);
          operands_.clear();
          enter(g.regions(o)[branch], {});
          break;
        }
        case flow::exchange: return false;
      }
    }
    return true;
  }

  // A predicate chooses the first of two branches; an index beyond the branches chooses the last.
  std::size_t choose(op_id o, const array& chooser) const {
    const std::size_t branches = program_->graph().regions(o).size();
    const std::int64_t i = chooser.integer();
    if (chooser.element() == element_type::i1) return i != 0 ? 0 : 1;
    return i < 0 || i >= static_cast<std::int64_t>(branches) ? branches - 1 : static_cast<std::size_t>(i);
  }

  void gather_operands(op_id o) {
    const graph_base& g = program_->graph();
    operands_.clear();
    for (const value_id v : g.operands(o)) operands_.push_back(values_[v.index]);
    // What a region of the op reads stays until the op is done.
    if (program_->reads_outer_values(o)) return;
    for (const value_id v : program_->last_used_by(o)) values_[v.index] = array{};
  }

  void finish(op_id o, std::span<array> results) {
    const graph_base& g = program_->graph();
    const auto names = g.results(o);
    if (observer_) observer_(*this, o, results);
    for (std::size_t i = 0; i < names.size(); ++i) values_[names[i].index] = std::move(results[i]);
    for (const value_id v : program_->last_used_by(o)) values_[v.index] = array{};
  }

  // The innermost region has ended. Its owner takes the results, unless it was entered by call().
  void leave(std::size_t depth) {
    const graph_base& g = program_->graph();
    const region_id r = frames_.back().region;
    std::vector<array> results;
    for (const value_id v : g.results(r)) results.push_back(values_[v.index]);
    for (const value_id v : g.arguments(r)) values_[v.index] = array{};
    for (const value_id v : g.results(r)) {
      const op_id o = g.definition(v);
      if (o && g.parent(o) == r) values_[v.index] = array{};
    }
    std::vector<array> carried = std::move(frames_.back().carried);
    frames_.pop_back();
    if (frames_.size() == depth) {
      returned_ = std::move(results);
      return;
    }
    const op_id owner = g.owner(r);
    if (program_->kernel(owner).kind == flow::loop) {
      const bool condition = r == g.regions(owner)[0];
      if (condition && results[0].integer() != 0) {
        results.clear();
        enter(g.regions(owner)[1], std::move(carried));
        return;
      }
      if (!condition) {
        enter(g.regions(owner)[0], results);
        frames_.back().carried = std::move(results);
        return;
      }
      results = std::move(carried);
    }
    frames_.back().at = g.next(owner);
    finish(owner, results);
  }

  const interpret::program* program_;
  const program_set* functions_;
  const device_grid* grid_;
  device_position position_;
  numerics precision_;
  state state_ = state::ready;
  std::vector<array> values_;
  std::vector<frame> frames_;
  std::vector<array> operands_, exchanged_, returned_;
  observer observer_;
};

inline std::vector<array> invocation::call(region_id r, std::span<const array> arguments) {
  return machine_->call(r, arguments);
}
inline std::vector<array> invocation::call(std::string_view function, std::span<const array> arguments) {
  return machine_->call(function, arguments);
}
inline void invocation::fail(const std::string& message) const { machine_->fail_at(op_->id(), message); }

inline exchange::exchange(const op_view& op, std::vector<machine*> members)
    : op_(op), precision_(members[0]->precision()), members_(std::move(members)), results_(members_.size()) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    contributors_.push_back(i);
    operands_.push_back(std::move(members_[i]->exchanged_operands()));
    results_[i].resize(op.result_count());
  }
}
inline void exchange::finish() {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    members_[i]->exchanged_results() = std::move(results_[i]);
    members_[i]->resume();
  }
}
inline void exchange::fail(const std::string& message) const { members_[0]->fail_at(op_.id(), message); }

/// Executes a program on one device.
[[nodiscard]] inline std::vector<array> run(const program& p, std::vector<array> arguments, numerics n = numerics::own,
                                            const program_set* functions = nullptr, observer o = {}) {
  const device_grid grid;
  machine m(p, n, grid, {}, functions);
  m.observe(std::move(o));
  m.start(std::move(arguments));
  if (m.run() != machine::state::finished) {
    m.fail_at(m.waiting_at(), "a collective needs devices: run this program on the number of devices it is for");
  }
  return m.take_results();
}

}  // namespace partita::interpret
